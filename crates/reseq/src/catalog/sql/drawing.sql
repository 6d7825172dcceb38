-- The columns that draw from a sequence as far as the catalogue says it by OIDs: identity columns, and defaults that call
-- nextval() and name the sequence. No sequence where a default names none so, or is a view's.
-- versions: 10-19
-- privileges: none
SELECT CASE WHEN c.relkind <> 'v' THEN k.sequence END AS sequence,
    pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table",
    (SELECT pg_catalog.quote_ident(a.attname)
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.relid AND a.attnum = k.attnum) AS "column"
FROM (SELECT d.adrelid, d.adnum, p.refobjid
        FROM pg_catalog.pg_attrdef d
            LEFT JOIN pg_catalog.pg_depend p ON p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                AND p.objid = d.oid AND p.deptype = 'n'
                AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refobjsubid = 0
        WHERE d.adbin::text LIKE
            '%:funcid ' || 'pg_catalog.nextval(regclass)'::pg_catalog.regprocedure::oid || ' %'
        UNION ALL
        SELECT o.refobjid, o.refobjsubid, o.objid
        FROM pg_catalog.pg_depend o
        WHERE o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objsubid = 0
            AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0
            AND o.deptype = 'i') AS k (relid, attnum, sequence)
    JOIN pg_catalog.pg_class c ON c.oid = k.relid AND c.relpersistence <> 't'
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
