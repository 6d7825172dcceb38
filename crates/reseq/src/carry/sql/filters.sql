-- What the publications $1 do not publish of their tables: publications without insert, and tables with a row filter.
-- reads: pg_publication, pg_publication_tables
-- versions: 15-19
-- privileges: none
SELECT pg_catalog.format('the publication %I does not publish inserts', p.pubname) AS words
FROM pg_catalog.pg_publication AS p
WHERE p.pubname = ANY ($1::pg_catalog.name[])
  AND NOT p.pubinsert
UNION
SELECT pg_catalog.format('%I.%I has a row filter in the publication %I', t.schemaname, t.tablename, t.pubname)
FROM pg_catalog.pg_publication_tables AS t
WHERE t.pubname = ANY ($1::pg_catalog.name[])
  AND t.rowfilter IS NOT NULL
ORDER BY words
