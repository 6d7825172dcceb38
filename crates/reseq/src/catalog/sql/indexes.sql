-- The indexes of which the column $2 of the table $1 is a key, or part of an expression that is one, each with
-- its further keys and its WHERE clause; one that only says IS NOT NULL leaves no value out and is not told.
-- An exclusion constraint counts as unique where it compares the column by =. An index that is not valid is of
-- no use to read from, but guards the column all the same once it is ready.
--
-- indclass has an entry for each key and none for INCLUDE columns (11 and later), so that its length
-- counts the keys on every version.
-- versions: 10-19
-- privileges: none
SELECT k.place, pg_catalog.quote_ident(x.relname) AS name, i.indisprimary,
    i.indisunique OR coalesce(e.by_equality, false) AS is_unique,
    i.indkey[0] = k.attnum AND m.amname = 'btree' AND i.indisvalid AS leads, u.is_key,
    CASE WHEN pg_catalog.array_length(i.indclass, 1) > 1 OR NOT u.is_key THEN ARRAY(
        SELECT coalesce(pg_catalog.pg_get_indexdef(i.indexrelid, key.place::int4, false), '?')
        FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS key (attnum, place)
        WHERE key.attnum <> k.attnum AND key.place <= pg_catalog.array_length(i.indclass, 1)
        ORDER BY key.place) END AS further,
    CASE WHEN i.indpred IS NOT NULL THEN nullif(
        pg_catalog.pg_get_expr(i.indpred, i.indrelid),
        pg_catalog.format('(%I IS NOT NULL)', (
            SELECT a.attname FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = k.relid AND a.attnum = k.attnum))) END AS predicate
FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) WITH ORDINALITY
        AS k (relid, attnum, place)
    JOIN pg_catalog.pg_index i ON i.indrelid = k.relid
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid = x.relam
    CROSS JOIN LATERAL (SELECT coalesce(pg_catalog.array_position(i.indkey::int2[], k.attnum)
        < pg_catalog.array_length(i.indclass, 1), false)) AS u (is_key)
    LEFT JOIN LATERAL (
        SELECT o.oprname = '='
        FROM pg_catalog.pg_constraint c
            JOIN pg_catalog.pg_operator o
                ON o.oid = c.conexclop[pg_catalog.array_position(c.conkey, k.attnum)]
        WHERE i.indisexclusion AND c.conrelid = i.indrelid AND c.conindid = i.indexrelid AND c.contype = 'x')
        AS e (by_equality) ON true
WHERE i.indisready AND i.indislive AND (i.indisvalid OR i.indisunique OR i.indisexclusion)
    AND (u.is_key OR i.indisunique AND i.indexprs IS NOT NULL
        -- As the server writes a tree of nodes: each column by its number.
        AND pg_catalog.strpos(i.indexprs::pg_catalog.text, ':varattno ' || k.attnum || ' ') > 0)
