-- The tables $1 of a tree, each with the column that has the name of column $3 of the tree's root $2.
-- versions: 10-19
-- privileges: none
select k.ordinality, a.attnum, pg_catalog.format('%I.%I', n.nspname, c.relname) as name, c.relkind,
    1 + (select pg_catalog.count(*) from pg_catalog.pg_index i where i.indrelid = c.oid) as locks
from rows from (
            pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::oid[]), pg_catalog.unnest($3::int2[]))
        with ordinality as k (relid, root, attnum, ordinality)
    join pg_catalog.pg_class c on c.oid = k.relid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute r on r.attrelid = k.root and r.attnum = k.attnum
    join pg_catalog.pg_attribute a on a.attrelid = k.relid and a.attname = r.attname
        and not a.attisdropped
