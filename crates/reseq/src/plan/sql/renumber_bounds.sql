-- Whether the new ids fit into the sequence and into every column that takes them.
-- reads: the map
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.concat('the new ids would be ', e.first, ' to ', e.last, ', but ', {holder}, ' holds {least} to {most}'),
       'begin with another --start'::text
FROM (SELECT pg_catalog.min(m.reseq_new) AS first, pg_catalog.max(m.reseq_new) AS last FROM pg_temp.reseq_map AS m) AS e
WHERE e.first < {least} OR e.last > {most}
