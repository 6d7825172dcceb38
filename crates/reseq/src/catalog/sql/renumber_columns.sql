-- The columns of the tables $1, in order: number, name, type, whether it is generated from others, whether it is an
-- identity GENERATED ALWAYS, and whether a unique index or an exclusion constraint of the table or of one of its
-- partitions guards it (an index on an expression may guard any column).
-- versions: 10-19
-- privileges: none
WITH RECURSIVE part AS (
    SELECT k.place, k.relid FROM pg_catalog.unnest($1::oid[]) WITH ORDINALITY AS k (relid, place)
    UNION ALL
    SELECT p.place, i.inhrelid
    FROM part p
        JOIN pg_catalog.pg_class c ON c.oid = p.relid AND c.relkind = 'p'
        JOIN pg_catalog.pg_inherits i ON i.inhparent = p.relid)
SELECT k.place, a.attnum, pg_catalog.quote_ident(a.attname) AS "column",
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name, a.atttypid, a.atttypmod,
    coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> '' AS generated,
    a.attidentity = 'a' AS always,
    EXISTS (
        SELECT
        FROM part p
            JOIN pg_catalog.pg_attribute o ON o.attrelid = p.relid AND o.attname = a.attname
            JOIN pg_catalog.pg_index i ON i.indrelid = p.relid AND (i.indisunique OR i.indisexclusion)
                AND (o.attnum = ANY (i.indkey::int2[]) OR i.indexprs IS NOT NULL)
        WHERE p.place = k.place) AS guarded
FROM pg_catalog.unnest($1::oid[]) WITH ORDINALITY AS k (relid, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.relid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY k.place, a.attnum
