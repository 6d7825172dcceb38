-- Puts every sequence back to its start, 500 in a transaction: more would not fit into the server's lock table.
-- versions: 10-19
-- privileges: UPDATE on the sequences

SELECT pg_catalog.format(
           'SELECT pg_catalog.count(pg_catalog.setval(oid::pg_catalog.regclass, 1, false))
              FROM pg_catalog.pg_class WHERE relkind = ''S'' AND oid BETWEEN %s AND %s',
           pg_catalog.min(number), pg_catalog.max(number))
  FROM (SELECT oid::bigint AS number, (pg_catalog.row_number() OVER (ORDER BY oid) - 1) / 500 AS batch
          FROM pg_catalog.pg_class
         WHERE relkind = 'S') AS sequences
 GROUP BY batch \gexec
