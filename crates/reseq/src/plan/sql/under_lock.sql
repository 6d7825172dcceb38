-- What is read while sequences are locked may wait for {lock_timeout} ms, long before anybody is told of a deadlock, and
-- take {statement_timeout} ms.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.set_config('lock_timeout', '{lock_timeout}', true), pg_catalog.set_config('statement_timeout', '{statement_timeout}', true)
