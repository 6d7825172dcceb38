-- The indexes of the tables $1, as SQL, with those that may be dropped and made again without losing anything: nothing
-- depends on the index or its constraint but foreign keys that refer to these tables; it is not the replica identity,
-- clustered on, not valid, in another tablespace, part of a partitioned index or an extension, and has no statistics
-- target or privilege of its own. The foreign keys are dropped before, and made again after.
-- versions: 10-19
-- privileges: none
SELECT k.place, pg_catalog.format('%I.%I', n.nspname, x.relname) AS index, pg_catalog.pg_get_indexdef(x.oid) AS definition,
    pg_catalog.quote_ident(c.conname) AS "constraint", pg_catalog.pg_get_constraintdef(c.oid) AS constraint_definition,
    pg_catalog.obj_description(x.oid, 'pg_class') AS comment,
    pg_catalog.obj_description(c.oid, 'pg_constraint') AS constraint_comment,
    i.indisvalid AND i.indisready AND NOT i.indisreplident AND NOT i.indisclustered
        AND x.reltablespace = 0 AND x.relacl IS NULL AND x.relkind = 'i'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = x.oid)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = x.oid AND coalesce((pg_catalog.to_jsonb(a) ->> 'attstattarget')::int4, -1) <> -1)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = x.oid
                AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE (d.refclassid, d.refobjid) IN (
                    ('pg_catalog.pg_class'::pg_catalog.regclass, x.oid), ('pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid))
                AND (d.classid, d.objid) NOT IN (('pg_catalog.pg_class'::pg_catalog.regclass, x.oid))
                AND NOT (d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid IN (
                    SELECT f.oid FROM pg_catalog.pg_constraint f
                    WHERE f.contype = 'f' AND f.confrelid = ANY ($1::oid[])))) AS replaceable
FROM pg_catalog.unnest($1::oid[]) WITH ORDINALITY AS k (relid, place)
    JOIN pg_catalog.pg_index i ON i.indrelid = k.relid
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
    LEFT JOIN pg_catalog.pg_constraint c ON c.conindid = x.oid AND c.contype IN ('p', 'u', 'x')
ORDER BY k.place, i.indisprimary DESC, x.relname
