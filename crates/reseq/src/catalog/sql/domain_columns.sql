-- The columns that take the default of one of the domains $1, having none of their own.
-- versions: 10-19
-- privileges: none
SELECT a.attrelid, a.attnum, a.atttypid
FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f')
WHERE a.atttypid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    AND NOT a.atthasdef AND a.attidentity = ''
