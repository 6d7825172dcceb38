-- The columns $2 of the tables $1: names, type, and what hinders the current role from reading them. A
-- column number of 0 asks for the table alone. Left out: what extensions made, temporary tables, the
-- system's schemas.
-- Collations that users made, from OID 16384 on, can be nondeterministic since 12.
-- The privilege functions return NULL for what was dropped in this very moment.
-- versions: 10-19
-- privileges: none
SELECT k.place, c.relkind,
    pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table",
    pg_catalog.quote_ident(a.attname) AS "column",
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name, a.atttypid, a.atttypmod,
    1 + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) AS locks,
    CASE WHEN NOT n.usable THEN pg_catalog.quote_ident(n.nspname) END AS closed_schema,
    k.attnum = 0 OR coalesce(pg_catalog.has_table_privilege(c.oid, 'SELECT')
        OR pg_catalog.has_column_privilege(c.oid, k.attnum, 'SELECT'), true) AS selectable,
    c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS row_security,
    pg_catalog.quote_ident(CURRENT_USER) AS role,
    coalesce((
        SELECT NOT (pg_catalog.to_jsonb(o) ->> 'collisdeterministic')::pg_catalog.bool
        FROM pg_catalog.pg_collation o
        WHERE o.oid = a.attcollation AND a.attcollation >= 16384), false) AS nondeterministic
FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) WITH ORDINALITY
        AS k (relid, attnum, place)
    JOIN pg_catalog.pg_class c ON c.oid = k.relid
    JOIN (SELECT oid, nspname, pg_catalog.has_schema_privilege(oid, 'USAGE') AS usable
        FROM pg_catalog.pg_namespace
        WHERE nspname <> 'information_schema' AND nspname !~ '^pg_') n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a
        ON a.attrelid = k.relid AND a.attnum = k.attnum AND k.attnum > 0 AND NOT a.attisdropped
WHERE c.relpersistence <> 't' AND (k.attnum = 0 OR a.attnum IS NOT NULL)
    AND c.oid NOT IN (
        SELECT e.objid
        FROM pg_catalog.pg_depend e
        WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
            AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
