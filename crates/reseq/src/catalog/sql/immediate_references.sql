-- The foreign keys between the tables $1 that are looked at with every statement, whatever SET CONSTRAINTS says (manual):
-- those that are not deferrable. conenforced is there since 18.
-- versions: 10-19
-- privileges: none
SELECT f.conrelid AS "table", pg_catalog.format('%I.%I', n.nspname, c.relname) AS table_name,
    pg_catalog.quote_ident(f.conname) AS name, f.confrelid AS refers_to
FROM pg_catalog.pg_constraint f
    JOIN pg_catalog.pg_class c ON c.oid = f.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE f.contype = 'f' AND NOT f.condeferrable AND f.conrelid <> f.confrelid
    AND f.conrelid = ANY ($1::pg_catalog.oid[]) AND f.confrelid = ANY ($1::pg_catalog.oid[])
    AND coalesce(pg_catalog.to_jsonb(f) ->> 'conenforced', 'true') = 'true'
ORDER BY 2, 3
