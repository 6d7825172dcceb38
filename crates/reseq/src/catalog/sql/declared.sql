-- The table $1, its column $2 and the sequence $3, as the user writes them; NULL for each that is not there.
-- versions: 10-19
-- privileges: none
SELECT t.oid, a.attnum, s.oid
FROM (SELECT 1) AS one
    LEFT JOIN pg_catalog.pg_class t
        ON t.oid = pg_catalog.to_regclass($1::text) AND t.relkind IN ('r', 'p', 'f')
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND pg_catalog.parse_ident($2::text) = ARRAY[a.attname::text]
    LEFT JOIN pg_catalog.pg_class s ON s.oid = pg_catalog.to_regclass($3::text) AND s.relkind = 'S'
