-- Reads what a relation is called now and, of a table, its linked column; what the current role may do with it, and
-- whether row security hides rows from it. No row where the relation is gone; no column where that is gone.
-- $1 the relation, $2 the table whose column is linked, $3 the column's number in it
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
       pg_catalog.quote_ident(n.nspname) AS schema,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS schema_usage,
       pg_catalog.row_security_active(c.oid) AS row_security,
       pg_catalog.quote_ident(current_user) AS role,
       (SELECT pg_catalog.quote_ident(a.attname)
          FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = $2::pg_catalog.oid
           AND a.attnum = $3::pg_catalog.int2
           AND NOT a.attisdropped) AS "column"
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid = $1::pg_catalog.oid
