-- The relations of the kinds $1 that a pattern means: $2 a regular expression for the schema, or NULL for the
-- schemas $3 of the search path; $4 one for the name.
-- versions: 10-19
-- privileges: none
SELECT c.oid
FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
WHERE c.relkind = ANY ($1::"char"[])
    AND c.relname OPERATOR(pg_catalog.~) $4::text COLLATE pg_catalog.default
    AND CASE WHEN $2::text IS NULL THEN n.nspname = ANY ($3::name[])
        ELSE n.nspname OPERATOR(pg_catalog.~) $2::text COLLATE pg_catalog.default END
