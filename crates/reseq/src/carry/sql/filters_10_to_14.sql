-- What the publications $1 do not publish: those without insert.
-- reads: pg_publication
-- versions: 10-14
-- privileges: none
SELECT pg_catalog.format('the publication %I does not publish inserts', p.pubname) AS words
FROM pg_catalog.pg_publication AS p
WHERE p.pubname = ANY ($1::pg_catalog.name[])
  AND NOT p.pubinsert
ORDER BY words
