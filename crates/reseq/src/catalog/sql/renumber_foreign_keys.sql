-- The foreign keys that refer to the tables and partitions $1: the table that each belongs to, name,
-- definition as SQL, comment, and whether the current role may change that table.
-- versions: 10-19
-- privileges: none
SELECT f.oid, f.conrelid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table", c.relkind = 'p' AS partitioned,
    pg_catalog.quote_ident(f.conname) AS name, pg_catalog.pg_get_constraintdef(f.oid) AS definition,
    pg_catalog.obj_description(f.oid, 'pg_constraint') AS comment,
    pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned
FROM pg_catalog.pg_constraint f
    JOIN pg_catalog.pg_class c ON c.oid = f.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE f.contype = 'f' AND f.confrelid = ANY ($1::oid[]) AND f.coninhcount = 0
ORDER BY c.relname, f.conname, f.oid
