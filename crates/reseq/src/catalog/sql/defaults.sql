-- The defaults that call nextval(), as SQL text in which every constant name is qualified, and whether the
-- column is a view's.
--
-- Found by the function's OID in the stored tree, since a name given as text leaves no dependency and
-- currval() leaves the same one. A default refers to no column, so that pg_get_expr() needs no relation:
-- ten times as fast without.
-- versions: 10-19
-- privileges: none
SELECT d.adrelid, d.adnum, pg_catalog.pg_get_expr(d.adbin, 0) AS expression,
    d.adrelid IN (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relkind = 'v') AS view
FROM pg_catalog.pg_attrdef d
WHERE d.adbin::text LIKE
    '%:funcid ' || 'pg_catalog.nextval(regclass)'::pg_catalog.regprocedure::oid || ' %'
