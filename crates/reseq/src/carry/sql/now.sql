-- What time it is on the server, to the microsecond.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.clock_timestamp()::text
