-- The columns $2 of the tables $1: names, type, and what hinders the current role from reading them. A
-- column number of 0 asks for the table alone. Left out: what extensions made, temporary tables, the
-- system's schemas.
-- versions: 10-19
-- privileges: none
select k.ordinality, c.relkind,
    pg_catalog.format('%I.%I', n.nspname, c.relname) as "table",
    pg_catalog.quote_ident(a.attname) as "column",
    pg_catalog.format_type(a.atttypid, a.atttypmod) as type_name, a.atttypid, a.atttypmod,
    1 + (select pg_catalog.count(*) from pg_catalog.pg_index i where i.indrelid = c.oid) as locks,
    case when n.usable then null else pg_catalog.quote_ident(n.nspname) end as closed_schema,
    k.attnum = 0 or pg_catalog.has_column_privilege(c.oid, k.attnum, 'SELECT') as selectable,
    c.relrowsecurity and pg_catalog.row_security_active(c.oid) as row_security,
    pg_catalog.quote_ident(current_user) as role
from rows from (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) with ordinality
        as k (relid, attnum, ordinality)
    join pg_catalog.pg_class c on c.oid = k.relid
    join (select oid, nspname, pg_catalog.has_schema_privilege(oid, 'USAGE') as usable
        from pg_catalog.pg_namespace
        where nspname <> 'information_schema' and nspname !~ '^pg_') n on n.oid = c.relnamespace
    left join pg_catalog.pg_attribute a on a.attrelid = k.relid and a.attnum = k.attnum and k.attnum > 0
where c.relpersistence <> 't' and not exists (
        select from pg_catalog.pg_depend e
        where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objid = c.oid
            and e.objsubid = 0 and e.deptype = 'e')
