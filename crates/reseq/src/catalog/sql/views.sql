-- Where an INSERT into the column $2 of the view $1 goes: whether the view passes it on by itself, and the
-- view's stored tree, whose target list names the column that each of its columns comes from.
-- versions: 10-19
-- privileges: none
select v.ordinality,
    pg_catalog.pg_relation_is_updatable(c.oid::pg_catalog.regclass, false) & 8 <> 0
        and pg_catalog.pg_column_is_updatable(c.oid::pg_catalog.regclass, v.attnum, false)
        and not exists (
            select from pg_catalog.pg_trigger t
            where t.tgrelid = c.oid and t.tgtype & 64 <> 0 and t.tgtype & 4 <> 0)
        and not exists (
            select from pg_catalog.pg_rewrite i where i.ev_class = c.oid and i.ev_type = '3'
        ) as insertable,
    r.ev_action::text as tree
from rows from (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) with ordinality
        as v (oid, attnum, ordinality)
    join pg_catalog.pg_class c on c.oid = v.oid and c.relkind = 'v'
    join pg_catalog.pg_rewrite r on r.ev_class = c.oid and r.rulename = '_RETURN'
