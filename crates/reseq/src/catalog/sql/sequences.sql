-- The sequences of this database: how each was defined, what the current role may do with it, and the
-- column that it belongs to. Left out: what extensions made, the system's schemas, temporary ones.
-- versions: 10-19
-- privileges: none
select s.oid,
    pg_catalog.format('%I.%I', n.nspname, s.relname) as name,
    pg_catalog.format_type(q.seqtypid, null) as data_type,
    q.seqstart, q.seqmin, q.seqmax, q.seqincrement, q.seqcycle, q.seqcache,
    n.usable and pg_catalog.has_sequence_privilege(s.oid, 'SELECT') as "select",
    n.usable and pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') as draw,
    n.usable and pg_catalog.has_sequence_privilege(s.oid, 'UPDATE') as update,
    n.usable and pg_catalog.pg_has_role(s.relowner, 'USAGE') as alter,
    s.relpersistence = 'u' as unlogged,
    o.refobjid as owner_table, o.refobjsubid as owner_column, o.deptype = 'i' as identity
from pg_catalog.pg_class s
    join pg_catalog.pg_sequence q on q.seqrelid = s.oid
    join (select oid, nspname, pg_catalog.has_schema_privilege(oid, 'USAGE') as usable
        from pg_catalog.pg_namespace
        where nspname <> 'information_schema' and nspname !~ '^pg_') n on n.oid = s.relnamespace
    left join pg_catalog.pg_depend o on o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and o.objid = s.oid and o.objsubid = 0
        and o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and o.refobjsubid > 0
        and o.deptype in ('a', 'i')
where s.relkind = 'S' and s.relpersistence <> 't'
    and not exists (
        select from pg_catalog.pg_depend e
        where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objid = s.oid
            and e.objsubid = 0 and e.deptype = 'e')
