-- What keeps the rows of the tables $1 and their partitions from being renumbered in their columns $2: its kind, the
-- table, and what it is about.
-- versions: 10-19
-- privileges: none
WITH RECURSIVE part AS (
    SELECT k.place, k.relid, a.attname
    FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) WITH ORDINALITY
            AS k (relid, attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.relid AND a.attnum = k.attnum
    UNION ALL
    SELECT p.place, i.inhrelid, p.attname
    FROM part p
        JOIN pg_catalog.pg_class c ON c.oid = p.relid AND c.relkind = 'p'
        JOIN pg_catalog.pg_inherits i ON i.inhparent = p.relid),
relation AS (
    SELECT DISTINCT c.oid, n.nspname, c.relname, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relkind,
        c.relowner, c.relreplident, c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS secured
    FROM part p
        JOIN pg_catalog.pg_class c ON c.oid = p.relid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)
SELECT 'kind' AS kind, r.name AS "table",
    CASE r.relkind WHEN 'f' THEN 'a foreign table' WHEN 'v' THEN 'a view' ELSE 'no table' END AS about
FROM relation r WHERE r.relkind NOT IN ('r', 'p')
UNION ALL
SELECT 'owner', r.name, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.relowner))
FROM relation r WHERE NOT pg_catalog.pg_has_role(r.relowner, 'USAGE')
UNION ALL
SELECT 'row security', r.name, '' FROM relation r WHERE r.secured
UNION ALL
SELECT DISTINCT 'generated', r.name, pg_catalog.quote_ident(g.attname)
FROM part p
    JOIN relation r ON r.oid = p.relid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = p.relid AND a.attname = p.attname
    JOIN pg_catalog.pg_attribute g ON g.attrelid = p.relid AND g.attnum > 0
        AND coalesce(pg_catalog.to_jsonb(g) ->> 'attgenerated', '') <> ''
    LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = g.attrelid AND e.adnum = g.attnum
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.refobjid = p.relid AND d.refobjsubid = a.attnum
        AND (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = e.oid
            OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = p.relid AND d.objsubid = g.attnum)
UNION ALL
SELECT 'replica identity', r.name, pg_catalog.quote_ident(b.pubname)
FROM relation r
    JOIN pg_catalog.pg_publication_tables t ON t.schemaname = r.nspname AND t.tablename = r.relname
    JOIN pg_catalog.pg_publication b ON b.pubname = t.pubname AND (b.pubupdate OR b.pubdelete)
WHERE r.relreplident = 'n'
    OR r.relreplident = 'd' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = r.oid AND i.indisprimary AND i.indisvalid)
    OR r.relreplident = 'i' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = r.oid AND i.indisreplident)
UNION ALL
SELECT 'truncate', r.name, pg_catalog.quote_ident(b.pubname)
FROM relation r
    JOIN pg_catalog.pg_publication_tables t ON t.schemaname = r.nspname AND t.tablename = r.relname
    JOIN pg_catalog.pg_publication b ON b.pubname = t.pubname
        AND NOT coalesce((pg_catalog.to_jsonb(b) ->> 'pubtruncate')::pg_catalog.bool, false)
UNION ALL
SELECT 'subscription', r.name, ''
FROM relation r JOIN pg_catalog.pg_subscription_rel s ON s.srrelid = r.oid
