-- Sets a sequence that ALTER SEQUENCE has locked in the same transaction: the setval() is a part of it then.
-- reads: nothing; writes: the sequence
-- versions: 10-19
-- privileges: ownership of the sequence
SELECT pg_catalog.setval({literal}::pg_catalog.regclass, {last_value}, {is_called})
