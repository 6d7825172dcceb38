-- The columns that copy the column $2 of the table $1 by a foreign key. What partitions have inherited is
-- left out: it has the same type.
-- versions: 10-19
-- privileges: none
SELECT k.place, pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table",
    pg_catalog.quote_ident(a.attname) AS "column", a.atttypid,
    a.attrelid, a.attnum
FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) WITH ORDINALITY
        AS k (relid, attnum, place)
    JOIN pg_catalog.pg_constraint f ON f.contype = 'f' AND f.confrelid = k.relid AND f.coninhcount = 0
    JOIN pg_catalog.pg_class c ON c.oid = f.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid
        AND a.attnum = f.conkey[pg_catalog.array_position(f.confkey, k.attnum)]
