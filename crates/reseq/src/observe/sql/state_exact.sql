-- Reads the exact state of one sequence, and the OID that its name stands for now. One probe of a batch that is put
-- together by UNION ALL. Locks it (ACCESS SHARE) until the end of the transaction.
-- versions: 10-19
-- privileges: SELECT on the sequence, USAGE on its schema
SELECT {place} AS place, {relation}::pg_catalog.regclass::pg_catalog.oid AS relation, last_value, is_called
  FROM {sequence}
