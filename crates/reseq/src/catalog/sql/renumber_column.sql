-- The number of the column of the table $1 whose quoted name is $2.
-- versions: 10-19
-- privileges: none
SELECT a.attnum
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = $1::oid AND pg_catalog.quote_ident(a.attname) = $2::text AND a.attnum > 0
