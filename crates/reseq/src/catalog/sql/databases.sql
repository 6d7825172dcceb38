-- The databases that take connections, but for those that match one of the regular expressions $1. One that DROP DATABASE left half-dropped is marked invalid by a connection
-- limit of -2.
-- reads: pg_database
-- versions: 10-19
-- privileges: none
SELECT d.datname::pg_catalog.text
  FROM pg_catalog.pg_database d
 WHERE d.datallowconn AND d.datconnlimit <> -2
   AND NOT EXISTS (
       SELECT FROM pg_catalog.unnest($1::pg_catalog.text[]) AS x (pattern)
        WHERE d.datname OPERATOR(pg_catalog.~) x.pattern COLLATE pg_catalog.default)
 ORDER BY d.datname
