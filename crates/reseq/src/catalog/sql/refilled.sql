-- What the tables $1 are called today, and which columns they have.
-- versions: 10-19
-- privileges: none
SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
    ARRAY(SELECT pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::pg_catalog.oid[])
