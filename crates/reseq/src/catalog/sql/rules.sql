-- The rules and views whose body calls nextval() and names a sequence. What initdb made has OIDs below 16384: its many
-- views, long texts all, are told by that alone.
-- versions: 10-19
-- privileges: none
SELECT d.refobjid AS sequence, pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation,
    CASE WHEN r.rulename <> '_RETURN' THEN pg_catalog.quote_ident(r.rulename) END AS rule
FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.refobjsubid = 0 AND d.deptype = 'n'
    JOIN pg_catalog.pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
WHERE r.ev_class >= 16384 AND r.ev_action::text LIKE
    '%:funcid ' || 'pg_catalog.nextval(regclass)'::pg_catalog.regprocedure::oid || ' %'
ORDER BY 1, 2, 3
