-- As unchanged.sql, for several sequences: $1 their OIDs, $2 their names, $3 their CACHE, $4 the tables and $5 the numbers
-- of the columns that they belong to, 0 for none. Fails on purpose where one of them is no longer what the plan took it for.
-- reads: the catalogue
-- versions: 10-19
-- privileges: none
SELECT CASE WHEN pg_catalog.count(*) = pg_catalog.cardinality($1::pg_catalog.oid[]) THEN true
            ELSE pg_catalog.concat('one was renamed, dropped or altered since it was looked at')::boolean END
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::pg_catalog.int8[]),
                pg_catalog.unnest($4::pg_catalog.oid[]), pg_catalog.unnest($5::pg_catalog.int4[]))
         AS u (sequence, name, cache, owner_table, owner_column)
    JOIN pg_catalog.pg_sequence AS q
        ON q.seqrelid = u.sequence AND q.seqrelid = pg_catalog.to_regclass(u.name) AND q.seqcache = u.cache
    LEFT JOIN pg_catalog.pg_depend AS o
        ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = u.sequence AND o.objsubid = 0
        AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
WHERE COALESCE(o.refobjid, 0) = u.owner_table AND COALESCE(o.refobjsubid, 0) = u.owner_column
