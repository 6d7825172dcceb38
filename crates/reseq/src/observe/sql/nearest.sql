-- Reads the nearest rows of one linked column in the lane, as whole numbers in the sequence's direction.
-- versions: 10-19
-- privileges: SELECT on the column, USAGE on the schema
SELECT {place} AS place, {relation}::pg_catalog.regclass::pg_catalog.oid AS relation, pg_catalog.array_agg(value) AS "values"
  FROM (SELECT DISTINCT {value} AS value FROM {rows} ORDER BY 1 {order} LIMIT {limit}) AS nearest
