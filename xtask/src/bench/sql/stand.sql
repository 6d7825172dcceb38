-- Sets every sequence to :last_value, called or not, 500 in a transaction: more would not fit into the server's lock
-- table.
-- versions: 10-19
-- privileges: UPDATE on the sequences

SELECT pg_catalog.format(
           'SELECT pg_catalog.count(pg_catalog.setval(seqrelid::pg_catalog.regclass, %s, %L))
              FROM pg_catalog.pg_sequence WHERE seqrelid BETWEEN %s AND %s',
           :last_value, :'is_called', pg_catalog.min(number), pg_catalog.max(number))
  FROM (SELECT seqrelid::bigint AS number, (pg_catalog.row_number() OVER (ORDER BY seqrelid) - 1) / 500 AS batch
          FROM pg_catalog.pg_sequence) AS sequences
 GROUP BY batch \gexec
