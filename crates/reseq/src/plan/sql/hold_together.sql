-- Keeps everybody from altering sequences until the end of the transaction, and nobody from drawing: to ask for the last
-- value takes ROW EXCLUSIVE, as nextval() does. $1 the sequences.
-- reads: the sequences
-- versions: 10-19
-- privileges: SELECT or USAGE on the sequences
SELECT pg_catalog.count(pg_catalog.pg_sequence_last_value(u.sequence))
FROM pg_catalog.unnest($1::pg_catalog.regclass[]) AS u (sequence)
