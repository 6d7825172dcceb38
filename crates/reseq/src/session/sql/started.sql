-- Reads when the server was started, to the microsecond: a copy of it was started at another time.
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.pg_postmaster_start_time()::text AS started
