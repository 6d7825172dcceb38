-- The table $1 as the user writes it, under the search path $2 where no schema is said, and its column $3; NULL for
-- each that is not there.
-- versions: 10-19
-- privileges: none
SELECT t.oid, a.attnum, pg_catalog.format('%I.%I', n.nspname, t.relname)
FROM (SELECT pg_catalog.parse_ident($1::text) AS words) AS w
    LEFT JOIN LATERAL (
        SELECT c.oid, c.relname, c.relnamespace
        FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
        WHERE c.relname = w.words[pg_catalog.cardinality(w.words)] AND c.relkind IN ('r', 'p', 'f')
            AND CASE WHEN pg_catalog.cardinality(w.words) = 1 THEN s.nspname = ANY ($2::name[])
                ELSE s.nspname = w.words[1] END
        ORDER BY pg_catalog.array_position($2::name[], s.nspname)
        LIMIT 1) AS t ON pg_catalog.cardinality(w.words) <= 2
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND pg_catalog.parse_ident($3::text) = ARRAY[a.attname::text]
