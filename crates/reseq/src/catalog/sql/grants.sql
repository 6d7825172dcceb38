-- The roles that may INSERT into a table $2, or into some of its columns, but may not draw from the
-- sequence $1 that its default draws from. PUBLIC is the role of OID 0.
-- versions: 10-19
-- privileges: none
with link as (
    select k.sequence, k.relid, k.ordinality, c.relowner, c.relacl
    from rows from (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::oid[])) with ordinality
            as k (sequence, relid, ordinality)
        join pg_catalog.pg_class c on c.oid = k.relid and c.relkind in ('r', 'p', 'f')
), inserter as (
    select l.ordinality, acl.grantee
    from link l, lateral pg_catalog.aclexplode(l.relacl) acl
    where l.relacl is not null and acl.privilege_type = 'INSERT'
    union
    select l.ordinality, acl.grantee
    from link l
        join pg_catalog.pg_attribute a on a.attrelid = l.relid and a.attacl is not null,
        lateral pg_catalog.aclexplode(a.attacl) acl
    where acl.privilege_type = 'INSERT'
)
select l.sequence, pg_catalog.format('%I.%I', n.nspname, c.relname) as "table",
    case when i.grantee = 0 then 'PUBLIC' else pg_catalog.quote_ident(r.rolname) end as role
from link l
    join inserter i on i.ordinality = l.ordinality and i.grantee <> l.relowner
    join pg_catalog.pg_class c on c.oid = l.relid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_roles r on r.oid = i.grantee
where (i.grantee = 0 or r.oid is not null)
    and not pg_catalog.has_sequence_privilege(i.grantee, l.sequence, 'USAGE, UPDATE')
order by 1, 2, 3
