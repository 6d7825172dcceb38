-- The users' triggers of the tables $1 that are enabled, and how: O, R or A (manual, ALTER TABLE).
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table", pg_catalog.quote_ident(g.tgname) AS name,
    g.tgenabled::text AS enabled
FROM pg_catalog.pg_trigger g
    JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE g.tgrelid = ANY ($1::pg_catalog.oid[]) AND NOT g.tgisinternal AND g.tgenabled <> 'D'
ORDER BY 1, 2
