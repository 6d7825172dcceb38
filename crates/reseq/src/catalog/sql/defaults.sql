-- The defaults that call nextval(), as SQL text in which every constant name is qualified, and whether the
-- column is a view's.
--
-- Found by the function's OID in the stored tree, since a name given as text leaves no dependency and
-- currval() leaves the same one. A default refers to no column, so that pg_get_expr() needs no relation:
-- ten times as fast without.
-- versions: 10-19
-- privileges: none
select d.adrelid, d.adnum, pg_catalog.pg_get_expr(d.adbin, 0) as expression,
    d.adrelid in (select c.oid from pg_catalog.pg_class c where c.relkind = 'v') as view
from pg_catalog.pg_attrdef d
where d.adbin::text like
    '%:funcid ' || 'pg_catalog.nextval(regclass)'::pg_catalog.regprocedure::oid || ' %'
