-- Those of the names $2 that do not lead to the relations $1 (side by side) any more.
-- reads: the catalogue
-- versions: 10-19
-- privileges: USAGE on the schemas
SELECT pg_catalog.min(u.name)
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::text[])) AS u(relation, name)
 WHERE pg_catalog.to_regclass(u.name) IS DISTINCT FROM u.relation
