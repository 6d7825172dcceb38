-- Stops everybody's nextval() on the sequence until the end of the transaction, by saying again what it belongs to: the
-- same lock as that of lock.sql, without a new file. So setval() is not a part of the transaction, and the values that
-- other sessions hold in advance do not end. The table is locked in ACCESS SHARE mode.
-- reads: nothing; writes: the catalogue, unchanged
-- versions: 10-19
-- privileges: ownership of the sequence
ALTER SEQUENCE {name} OWNED BY {column}
