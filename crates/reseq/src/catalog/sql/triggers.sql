-- The triggers that call one of the functions $1 for each row that is inserted, before or instead of the
-- insert, with their arguments and the columns of their tables. Those that are disabled, or that fire on
-- a replica only, are left out; so are the copies that the server made for partitions.
-- versions: 10-19
-- privileges: none
SELECT t.tgrelid, t.tgfoid, pg_catalog.quote_ident(t.tgname) AS name,
    t.tgtype & 64 <> 0 AS instead,
    ARRAY(
        SELECT pg_catalog.convert_from(
            pg_catalog.decode(argument, 'escape'), pg_catalog.pg_encoding_to_char(b.encoding))
        FROM pg_catalog.regexp_split_to_table(pg_catalog.encode(t.tgargs, 'escape'), '\\000')
            WITH ORDINALITY AS split (argument, position)
        WHERE position <= t.tgnargs
        ORDER BY position) AS arguments,
    c.attnums, c.names
FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_database b ON b.datname = pg_catalog.current_database(),
    LATERAL (
        SELECT pg_catalog.array_agg(a.attnum ORDER BY a.attnum) AS attnums,
            pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) AS names
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = t.tgrelid AND a.attnum > 0 AND NOT a.attisdropped) c
WHERE t.tgfoid = ANY ($1::oid[]) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
    AND t.tgtype & 1 <> 0 AND t.tgtype & 4 <> 0 AND t.tgtype & (2 | 64) <> 0
