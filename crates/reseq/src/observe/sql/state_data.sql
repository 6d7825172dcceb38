-- Reads the exact state of sequences. Takes no lock that lasts; NULL without SELECT on a sequence, for an unlogged
-- one on a standby, and for one that was dropped in between.
-- $1 the sequences
-- versions: 18-19 (from 18.2 on: before, a dropped sequence is an error)
-- privileges: SELECT on each sequence
SELECT s.seqrelid, d.last_value, d.is_called
  FROM pg_catalog.pg_sequence s
 CROSS JOIN LATERAL pg_catalog.pg_get_sequence_data(s.seqrelid) AS d
 WHERE s.seqrelid = ANY ($1::pg_catalog.oid[])
