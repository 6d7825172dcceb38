-- What time it is on the server, in seconds since 1970.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.floor(EXTRACT(epoch FROM pg_catalog.clock_timestamp()))::pg_catalog.int8
