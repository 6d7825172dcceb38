-- Reads how many bytes the rows of each link take (the main fork of each table, indexes and TOAST left out). Each
-- table is locked (ACCESS SHARE) for an instant only, not until the end.
-- $1 the links' places, $2 the tables that hold their rows, side by side
-- versions: 10-19
-- privileges: none
SELECT u.place, coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(u.relation::pg_catalog.regclass)), 0)::pg_catalog.int8 AS bytes
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.int4[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS u(place, relation)
 GROUP BY u.place
