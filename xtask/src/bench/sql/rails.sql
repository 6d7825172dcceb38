-- What Rails' reset_pk_sequence! does for {table}, in words of our own: finds key and sequence, reads the largest
-- id, sets the sequence. Three round trips.
-- versions: 10-19
-- privileges: SELECT on the table, UPDATE on the sequence

SELECT a.attname AS key, quote_ident(n.nspname) || '.' || quote_ident(s.relname) AS sequence
  FROM pg_class s
  JOIN pg_namespace n ON n.oid = s.relnamespace
  JOIN pg_depend d ON d.objid = s.oid
  JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  JOIN pg_constraint c ON c.conrelid = a.attrelid AND c.conkey[1] = a.attnum
 WHERE s.relkind = 'S'
   AND c.contype = 'p'
   AND d.classid = 'pg_class'::regclass
   AND d.refobjid = '{table}'::regclass \gset
SELECT max(:"key") AS top FROM {table} \gset
SELECT setval(:'sequence', :top, true);
