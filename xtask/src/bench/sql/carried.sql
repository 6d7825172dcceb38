-- Counts the sequences that stand at :last_value, one number for each 500 of them.
-- versions: 10-19
-- privileges: USAGE or SELECT on the sequences

SELECT pg_catalog.format(
           'SELECT pg_catalog.count(*) FROM pg_catalog.pg_sequence
             WHERE seqrelid BETWEEN %s AND %s AND pg_catalog.pg_sequence_last_value(seqrelid) = %s',
           pg_catalog.min(number), pg_catalog.max(number), :last_value)
  FROM (SELECT seqrelid::bigint AS number, (pg_catalog.row_number() OVER (ORDER BY seqrelid) - 1) / 500 AS batch
          FROM pg_catalog.pg_sequence) AS sequences
 GROUP BY batch \gexec
