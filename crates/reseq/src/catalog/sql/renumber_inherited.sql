-- Of the tables $2, those that inherit from the table $1 without being partitions: they hold rows of their own.
-- versions: 10-19
-- privileges: none
SELECT c.oid
FROM pg_catalog.pg_class c
WHERE c.oid = ANY ($2::oid[]) AND NOT c.relispartition
    AND (SELECT p.relkind FROM pg_catalog.pg_class p WHERE p.oid = $1::oid) <> 'p'
ORDER BY c.oid
