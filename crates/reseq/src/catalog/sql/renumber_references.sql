-- The foreign keys that refer to the column $2 of the table $1, or of one of its partitions, and the column that
-- copies it; whether every row is known to meet it. What partitions have inherited is left out: it comes and goes with what they have inherited it from.
-- versions: 10-19
-- privileges: none
WITH RECURSIVE part AS (
    SELECT k.place, k.relid, a.attname
    FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) WITH ORDINALITY
            AS k (relid, attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.relid AND a.attnum = k.attnum
    UNION ALL
    SELECT p.place, i.inhrelid, p.attname
    FROM part p
        JOIN pg_catalog.pg_class c ON c.oid = p.relid AND c.relkind = 'p'
        JOIN pg_catalog.pg_inherits i ON i.inhparent = p.relid)
SELECT p.place, f.oid, f.conrelid, f.conkey[pg_catalog.array_position(f.confkey, a.attnum)] AS attnum,
    f.convalidated AND coalesce((pg_catalog.to_jsonb(f) ->> 'conenforced')::pg_catalog.bool, true) AS valid
FROM part p
    JOIN pg_catalog.pg_attribute a ON a.attrelid = p.relid AND a.attname = p.attname
    JOIN pg_catalog.pg_constraint f ON f.contype = 'f' AND f.confrelid = p.relid AND f.coninhcount = 0
        AND a.attnum = ANY (f.confkey)
ORDER BY p.place, f.oid
