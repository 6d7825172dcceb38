-- Reads the values of some rows of one linked column: those that the sequence meets next.
-- versions: 10-19
-- privileges: SELECT on the column, USAGE on the schema
SELECT {place} AS place, {relation}::pg_catalog.regclass::pg_catalog.oid AS relation,
       pg_catalog.array_agg(DISTINCT {value})::pg_catalog.text AS "values"
  FROM {rows}
