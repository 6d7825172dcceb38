-- The defaults and generated columns that call one of the functions $1, as SQL text, and whether the column
-- is a view's.
--
-- A generated column depends on the function by itself on 12 to 14, by its expression since 15.
-- versions: 10-19
-- privileges: none
SELECT d.adrelid, d.adnum, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
    c.relkind = 'v' AS view
FROM pg_catalog.pg_attrdef d
    JOIN pg_catalog.pg_class c ON c.oid = d.adrelid
WHERE d.oid IN (
        SELECT p.objid FROM pg_catalog.pg_depend p
        WHERE p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
            AND p.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND p.refobjid = ANY ($1::oid[]))
    OR (d.adrelid, d.adnum) IN (
        SELECT p.objid, p.objsubid FROM pg_catalog.pg_depend p
        WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.objsubid > 0
            AND p.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND p.refobjid = ANY ($1::oid[]))
