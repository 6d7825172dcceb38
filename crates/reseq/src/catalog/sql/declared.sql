-- The table $1, its column $2 and the sequence $3, as the user writes them; NULL for each that is not there.
-- versions: 10-19
-- privileges: none
select t.oid, a.attnum, s.oid
from (select 1) as one
    left join pg_catalog.pg_class t
        on t.oid = pg_catalog.to_regclass($1::text) and t.relkind in ('r', 'p', 'f')
    left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
        and pg_catalog.parse_ident($2::text) = array[a.attname::text]
    left join pg_catalog.pg_class s on s.oid = pg_catalog.to_regclass($3::text) and s.relkind = 'S'
