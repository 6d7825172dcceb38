-- The defaults and generated columns that call one of the functions $1, as SQL text, and whether the column
-- is a view's.
--
-- A generated column depends on the function by itself on 12 to 14, by its expression since 15.
-- versions: 10-19
-- privileges: none
select d.adrelid, d.adnum, pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression,
    c.relkind = 'v' as view
from pg_catalog.pg_attrdef d
    join pg_catalog.pg_class c on c.oid = d.adrelid
where d.oid in (
        select p.objid from pg_catalog.pg_depend p
        where p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
            and p.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            and p.refobjid = any ($1::oid[]))
    or (d.adrelid, d.adnum) in (
        select p.objid, p.objsubid from pg_catalog.pg_depend p
        where p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and p.objsubid > 0
            and p.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            and p.refobjid = any ($1::oid[]))
