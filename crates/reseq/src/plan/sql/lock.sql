-- Stops everybody's nextval() on the sequence until the end of the transaction, and ends the blocks of values
-- that other sessions hold in advance. CACHE keeps its value (LOCK TABLE does not take a sequence). The sequence gets a
-- new file, so that setval() becomes a part of the transaction.
-- reads: nothing; writes: the sequence, unchanged
-- versions: 10-19
-- privileges: ownership of the sequence
ALTER SEQUENCE {name} CACHE {cache}
