-- Relations of the kinds $1, in any schema, whose name the regular expression $2 matches whatever the case of its
-- letters: what the user may have meant.
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
WHERE c.relkind = ANY ($1::"char"[])
    AND c.relname OPERATOR(pg_catalog.~*) $2::text COLLATE pg_catalog.default
ORDER BY pg_catalog.length(c.relname), 1
LIMIT 3
