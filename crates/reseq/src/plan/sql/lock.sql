-- Stops everybody's nextval() on the sequence until the end of the transaction, and ends the blocks of values
-- that other sessions hold in advance. CACHE keeps its value: it is the cheapest ALTER SEQUENCE (LOCK TABLE
-- does not take a sequence).
-- reads: nothing; writes: the sequence, unchanged
-- versions: 10-19
-- privileges: ownership of the sequence
ALTER SEQUENCE {name} CACHE {cache}
