-- The columns of table $1: names, whether the server computes them, and their part in the primary key. attgenerated is
-- there since 12.
-- versions: 10-19
-- privileges: none
SELECT c.relkind,
    a.attname::text AS name,
    pg_catalog.quote_ident(a.attname) AS quoted,
    a.attidentity = 'a' AS always,
    coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> '' AS generated,
    coalesce(a.attnum = ANY (k.indkey::pg_catalog.int2[]), false) AS in_key,
    coalesce(NOT k.indimmediate, false) AS deferrable,
    ARRAY(SELECT f.conname::text FROM pg_catalog.pg_constraint f
        WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.confrelid = c.oid) AS own_references
FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_index k ON k.indrelid = c.oid AND k.indisprimary
WHERE c.oid = $1::pg_catalog.oid
ORDER BY a.attnum
