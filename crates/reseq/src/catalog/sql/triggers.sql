-- The triggers that call one of the functions $1 for each row that is inserted, before or instead of the
-- insert, with their arguments and the columns of their tables. Those that are disabled, or that fire on
-- a replica only, are left out; so are the copies that the server made for partitions.
-- versions: 10-19
-- privileges: none
select t.tgrelid, t.tgfoid, pg_catalog.quote_ident(t.tgname) as name,
    t.tgtype & 64 <> 0 as instead,
    array(
        select pg_catalog.convert_from(
            pg_catalog.decode(argument, 'escape'), pg_catalog.pg_encoding_to_char(b.encoding))
        from pg_catalog.regexp_split_to_table(pg_catalog.encode(t.tgargs, 'escape'), '\\000')
            with ordinality as split (argument, position)
        where position <= t.tgnargs
        order by position) as arguments,
    c.attnums, c.names
from pg_catalog.pg_trigger t
    join pg_catalog.pg_database b on b.datname = pg_catalog.current_database(),
    lateral (
        select pg_catalog.array_agg(a.attnum order by a.attnum) as attnums,
            pg_catalog.array_agg(a.attname::text order by a.attnum) as names
        from pg_catalog.pg_attribute a
        where a.attrelid = t.tgrelid and a.attnum > 0 and not a.attisdropped) c
where t.tgfoid = any ($1::oid[]) and not t.tgisinternal and t.tgenabled in ('O', 'A')
    and t.tgtype & 1 <> 0 and t.tgtype & 4 <> 0 and t.tgtype & (2 | 64) <> 0
