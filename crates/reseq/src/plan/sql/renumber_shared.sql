-- Whether a new id stands in another column already that draws from the same sequence.
-- reads: the map, a linked column
-- versions: 10-19
-- privileges: SELECT on the column
SELECT pg_catalog.concat('the new id ', m.reseq_new, ' is in {other} already, which draws from the same sequence'),
       pg_catalog.concat('begin after its last value: --start ', (SELECT pg_catalog.{extreme}(o.{column}) FROM {table} AS o) + {increment})
FROM pg_temp.reseq_map AS m JOIN {table} AS t ON t.{column} = m.reseq_new
LIMIT 1
