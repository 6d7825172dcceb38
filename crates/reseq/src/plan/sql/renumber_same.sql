-- Whether the rows that came back have the ids that were meant.
-- reads: the numbered column, the map
-- versions: 10-19
-- privileges: SELECT on the column
SELECT 'the rows that came back from the file are not those that went'::text, NULL::text
WHERE EXISTS (SELECT m.reseq_new FROM pg_temp.reseq_map AS m EXCEPT SELECT t.{column} FROM {table} AS t)
    OR (SELECT pg_catalog.count(*) FROM pg_temp.reseq_map) <> (SELECT pg_catalog.count(*) FROM {table})
