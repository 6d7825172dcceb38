-- The sequences of this database: how each was defined, what the current role may do with it, and the
-- column that it belongs to. Left out: what extensions made, the system's schemas, temporary ones.
-- The privilege functions return NULL for what was dropped in this very moment.
-- versions: 10-19
-- privileges: none
SELECT s.oid,
    pg_catalog.format('%I.%I', n.nspname, s.relname) AS name,
    pg_catalog.format_type(q.seqtypid, NULL) AS data_type,
    q.seqstart, q.seqmin, q.seqmax, q.seqincrement, q.seqcycle, q.seqcache,
    coalesce(n.usable AND pg_catalog.has_sequence_privilege(s.oid, 'SELECT'), false) AS "select",
    coalesce(n.usable AND pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE'), false) AS draw,
    coalesce(n.usable AND pg_catalog.has_sequence_privilege(s.oid, 'UPDATE'), false) AS update,
    coalesce(n.usable AND pg_catalog.pg_has_role(s.relowner, 'USAGE'), false) AS alter,
    s.relpersistence = 'u' AS unlogged,
    o.refobjid AS owner_table, o.refobjsubid AS owner_column, o.deptype = 'i' AS identity
FROM pg_catalog.pg_class s
    JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid
    JOIN (SELECT oid, nspname, pg_catalog.has_schema_privilege(oid, 'USAGE') AS usable
        FROM pg_catalog.pg_namespace
        WHERE nspname <> 'information_schema' AND nspname !~ '^pg_') n ON n.oid = s.relnamespace
    LEFT JOIN pg_catalog.pg_depend o ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND o.objid = s.oid AND o.objsubid = 0
        AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0
        AND o.deptype IN ('a', 'i')
WHERE s.relkind = 'S' AND s.relpersistence <> 't'
    AND s.oid NOT IN (
        SELECT e.objid
        FROM pg_catalog.pg_depend e
        WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
            AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
