-- What is read while a sequence is locked may wait for a tenth of a second, long before anybody is told of a deadlock,
-- and take two seconds.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.set_config('lock_timeout', '100', true), pg_catalog.set_config('statement_timeout', '2000', true)
