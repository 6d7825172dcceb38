-- What a name, written as in SQL, means: a relation, or a column of one behind its name. $1 is the name, $2 the search
-- path. One row for each way to read it; the column that was named, and the one that there is.
-- reads: the catalogue
-- versions: 10-19
-- privileges: none
SELECT DISTINCT ON (m.reading) c.oid, c.relkind::text, pg_catalog.format('%I.%I', n.nspname, c.relname),
       m.attribute, pg_catalog.quote_ident(a.attname)
FROM (SELECT pg_catalog.parse_ident($1)) AS p(parts)
    CROSS JOIN LATERAL (VALUES
        (1, 1, true, NULL, p.parts[1], NULL),
        (2, 2, true, p.parts[1], p.parts[2], NULL),
        (3, 2, true, NULL, p.parts[1], p.parts[2]),
        (4, 3, true, p.parts[1], p.parts[2], p.parts[3]),
        (5, 3, p.parts[1] = pg_catalog.current_database(), p.parts[2], p.parts[3], NULL),
        (6, 4, p.parts[1] = pg_catalog.current_database(), p.parts[2], p.parts[3], p.parts[4])
    ) AS m(reading, length, here, schema, relation, attribute)
    JOIN pg_catalog.pg_class AS c ON c.relname = m.relation::name AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        AND CASE WHEN m.schema IS NULL THEN n.nspname = ANY ($2::name[]) ELSE n.nspname = m.schema::name END
    LEFT JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = c.oid AND a.attname = m.attribute::name AND a.attnum > 0 AND NOT a.attisdropped
WHERE m.length = pg_catalog.array_length(p.parts, 1) AND m.here
ORDER BY m.reading, pg_catalog.array_position($2::name[], n.nspname)
