-- The columns that copy the column $2 of the table $1 by a foreign key. What partitions have inherited is
-- left out: it has the same type.
-- versions: 10-19
-- privileges: none
select k.ordinality, pg_catalog.format('%I.%I', n.nspname, c.relname) as "table",
    pg_catalog.quote_ident(a.attname) as "column", a.atttypid
from rows from (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) with ordinality
        as k (relid, attnum, ordinality)
    join pg_catalog.pg_constraint f on f.contype = 'f' and f.confrelid = k.relid and f.coninhcount = 0
    join pg_catalog.pg_class c on c.oid = f.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = f.conrelid
        and a.attnum = f.conkey[pg_catalog.array_position(f.confkey, k.attnum)]
