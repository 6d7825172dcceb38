-- Whether every id stands in one row only, where no unique index says so.
-- reads: the map
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.concat({name}, ' is not unique: ', m.reseq_old, ' stands in ', pg_catalog.count(*), ' rows'),
       'what refers to it could not be told apart'::text
FROM pg_temp.reseq_map AS m
GROUP BY m.reseq_old
HAVING pg_catalog.count(*) > 1
LIMIT 1
