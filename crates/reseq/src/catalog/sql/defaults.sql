-- The defaults that call nextval(), as SQL text in which every constant name is qualified, whether the column
-- is a view's, and the relations that the default names by OID: the text has the names of this moment, which
-- need not be those that the sequences were read with.
--
-- Found by the function's OID in the stored tree, since a name given as text leaves no dependency and
-- currval() leaves the same one. A default refers to no column, so that pg_get_expr() needs no relation:
-- ten times as fast without.
-- versions: 10-19
-- privileges: none
SELECT d.adrelid, d.adnum, pg_catalog.pg_get_expr(d.adbin, 0) AS expression,
    d.adrelid IN (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relkind = 'v') AS view,
    p.relations
FROM pg_catalog.pg_attrdef d
    LEFT JOIN (SELECT objid, pg_catalog.array_agg(refobjid) AS relations
        FROM pg_catalog.pg_depend
        WHERE classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND deptype = 'n'
            AND refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND refobjsubid = 0
        GROUP BY objid) p ON p.objid = d.oid
WHERE d.adbin::text LIKE
    '%:funcid ' || 'pg_catalog.nextval(regclass)'::pg_catalog.regprocedure::oid || ' %'
