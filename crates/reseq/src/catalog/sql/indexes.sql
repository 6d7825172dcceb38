-- The valid indexes of which the column $2 of the table $1 is a key, each with its further keys and its
-- WHERE clause; one that only says IS NOT NULL leaves no value out and is not told.
--
-- indclass has an entry for each key and none for INCLUDE columns (11 and later), so that its length
-- counts the keys on every version.
-- versions: 10-19
-- privileges: none
select k.ordinality, pg_catalog.quote_ident(x.relname) as name, i.indisprimary, i.indisunique,
    i.indkey[0] = k.attnum and m.amname = 'btree' as leads,
    case when pg_catalog.array_length(i.indclass, 1) > 1 then array(
        select pg_catalog.pg_get_indexdef(i.indexrelid, key, false)
        from pg_catalog.generate_series(1, pg_catalog.array_length(i.indclass, 1)) key
        where key <> pg_catalog.array_position(i.indkey::int2[], k.attnum) + 1) end as further,
    case when i.indpred is not null then nullif(
        pg_catalog.pg_get_expr(i.indpred, i.indrelid),
        pg_catalog.format('(%I IS NOT NULL)', (
            select a.attname from pg_catalog.pg_attribute a
            where a.attrelid = k.relid and a.attnum = k.attnum))) end as predicate
from rows from (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) with ordinality
        as k (relid, attnum, ordinality)
    join pg_catalog.pg_index i on i.indrelid = k.relid
    join pg_catalog.pg_class x on x.oid = i.indexrelid
    join pg_catalog.pg_am m on m.oid = x.relam
where i.indisvalid and i.indisready and i.indislive
    and pg_catalog.array_position(i.indkey::int2[], k.attnum) < pg_catalog.array_length(i.indclass, 1)
