-- The sequences of this database: how each was defined, what the current role may do with it, and the
-- column that it belongs to. Left out: what extensions made, the system's schemas, temporary ones.
-- versions: 10-19
-- privileges: none
SELECT s.oid,
    pg_catalog.format('%I.%I', n.nspname, s.relname) AS name,
    pg_catalog.format_type(q.seqtypid, NULL) AS data_type,
    q.seqstart, q.seqmin, q.seqmax, q.seqincrement, q.seqcycle, q.seqcache,
    n.usable AND pg_catalog.has_sequence_privilege(s.oid, 'SELECT') AS "select",
    n.usable AND pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') AS draw,
    n.usable AND pg_catalog.has_sequence_privilege(s.oid, 'UPDATE') AS update,
    n.usable AND pg_catalog.pg_has_role(s.relowner, 'USAGE') AS alter,
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
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend e
        WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = s.oid
            AND e.objsubid = 0 AND e.deptype = 'e')
