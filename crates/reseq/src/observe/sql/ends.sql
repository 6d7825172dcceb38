-- Reads the rows of one linked column that stand nearest and furthest in the sequence's direction, and the OID
-- that the table's name stands for now. One probe of a batch that is put together by UNION ALL.
-- versions: 10-19
-- privileges: SELECT on the column, USAGE on the schema
SELECT {place} AS place, {relation}::pg_catalog.regclass::pg_catalog.oid AS relation, {nearest} AS nearest, {furthest} AS furthest
  FROM {rows}
