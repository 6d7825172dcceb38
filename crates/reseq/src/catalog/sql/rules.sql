-- The rules and views whose body calls nextval() and names a sequence.
-- versions: 10-19
-- privileges: none
select d.refobjid as sequence, pg_catalog.format('%I.%I', n.nspname, c.relname) as relation,
    case when r.rulename <> '_RETURN' then pg_catalog.quote_ident(r.rulename) end as rule
from pg_catalog.pg_rewrite r
    join pg_catalog.pg_class c on c.oid = r.ev_class
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        and d.objid = r.oid and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.refobjsubid = 0 and d.deptype = 'n'
    join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'S'
where r.ev_action::text like
    '%:funcid ' || 'pg_catalog.nextval(regclass)'::pg_catalog.regprocedure::oid || ' %'
order by 1, 2, 3
