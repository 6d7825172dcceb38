-- What the PostgreSQL wiki's page "Fixing Sequences" does, in words of our own: prints one setval() for each
-- sequence that a column of a table owns. Its output is run as a second script.
-- versions: 10-19
-- privileges: none; the output needs SELECT on the tables and UPDATE on the sequences

SELECT 'SELECT setval(' || quote_literal(quote_ident(sn.nspname) || '.' || quote_ident(s.relname))
       || ', coalesce(max(' || quote_ident(a.attname) || '), 1)) FROM '
       || quote_ident(tn.nspname) || '.' || quote_ident(t.relname) || ';'
  FROM pg_depend d
  JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
  JOIN pg_class t ON t.oid = d.refobjid
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
  JOIN pg_namespace sn ON sn.oid = s.relnamespace
  JOIN pg_namespace tn ON tn.oid = t.relnamespace
 WHERE d.classid = 'pg_class'::regclass
   AND d.refclassid = 'pg_class'::regclass
   AND d.deptype IN ('a', 'i')
 ORDER BY sn.nspname, s.relname;
