-- The schemas whose name the regular expression $1 matches.
-- versions: 10-19
-- privileges: none
SELECT n.nspname
FROM pg_catalog.pg_namespace n
WHERE n.nspname OPERATOR(pg_catalog.~) $1::text COLLATE pg_catalog.default
