-- Reads the last value of sequences that were called; NULL where one was not, or may not be read. Locks each sequence
-- (ROW EXCLUSIVE, as nextval() does) until the end of the transaction.
-- $1 the sequences
-- versions: 10-19
-- privileges: SELECT or USAGE on each sequence
SELECT s.seqrelid,
       CASE WHEN pg_catalog.has_sequence_privilege(s.seqrelid, 'USAGE, SELECT')
            THEN pg_catalog.pg_sequence_last_value(s.seqrelid) END AS last_value
  FROM pg_catalog.pg_sequence s
 WHERE s.seqrelid = ANY ($1::pg_catalog.oid[])
