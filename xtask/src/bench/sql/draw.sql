-- Draws a value from each of {drawing} sequences, ten times a second.
-- versions: 10-19
-- privileges: USAGE on the sequences
SELECT pg_catalog.nextval(s.seqrelid::pg_catalog.regclass)
  FROM (SELECT seqrelid FROM pg_catalog.pg_sequence ORDER BY seqrelid LIMIT {drawing}) AS s \watch 0.1
