-- Reads the furthest values of one linked column, and how many rows have each.
-- versions: 10-19
-- privileges: SELECT on the column, USAGE on the schema
SELECT {place} AS place, {relation}::pg_catalog.regclass::pg_catalog.oid AS relation,
       pg_catalog.array_agg({whole})::pg_catalog.text AS "values", pg_catalog.array_agg(counted) AS counts
  FROM (SELECT {value} AS value, pg_catalog.count(*) AS counted
          FROM {rows}
         GROUP BY 1
         ORDER BY 1 {order}
         LIMIT {limit}) AS furthest
