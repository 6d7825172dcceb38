-- The tables $1 of a tree, each with the column that has the name of column $3 of the tree's root $2.
-- versions: 10-19
-- privileges: none
SELECT k.place, a.attnum, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relkind,
    1 + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) AS locks
FROM ROWS FROM (
            pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::oid[]), pg_catalog.unnest($3::int2[]))
        WITH ORDINALITY AS k (relid, root, attnum, place)
    JOIN pg_catalog.pg_class c ON c.oid = k.relid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute r ON r.attrelid = k.root AND r.attnum = k.attnum
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.relid AND a.attname = r.attname
        AND NOT a.attisdropped
