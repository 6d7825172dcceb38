-- The databases that take connections. One that DROP DATABASE left half-dropped is marked invalid by a connection
-- limit of -2.
-- reads: pg_database
-- versions: 10-19
-- privileges: none
SELECT d.datname::pg_catalog.text
  FROM pg_catalog.pg_database d
 WHERE d.datallowconn AND d.datconnlimit <> -2
 ORDER BY d.datname
