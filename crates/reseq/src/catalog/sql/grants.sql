-- The roles that may INSERT into a table $2, or into some of its columns, but may not draw from the
-- sequence $1 that its default draws from. PUBLIC is the role of OID 0.
-- versions: 10-19
-- privileges: none
WITH link AS (
    SELECT k.sequence, k.relid, k.place, c.relowner, c.relacl
    FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::oid[])) WITH ORDINALITY
            AS k (sequence, relid, place)
        JOIN pg_catalog.pg_class c ON c.oid = k.relid AND c.relkind IN ('r', 'p', 'f')
), inserter AS (
    SELECT l.place, acl.grantee
    FROM link l, LATERAL pg_catalog.aclexplode(l.relacl) acl
    WHERE l.relacl IS NOT NULL AND acl.privilege_type = 'INSERT'
    UNION
    SELECT l.place, acl.grantee
    FROM link l
        JOIN pg_catalog.pg_attribute a ON a.attrelid = l.relid AND a.attacl IS NOT NULL,
        LATERAL pg_catalog.aclexplode(a.attacl) acl
    WHERE acl.privilege_type = 'INSERT'
)
SELECT l.sequence, pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table",
    CASE WHEN i.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END AS role
FROM link l
    JOIN inserter i ON i.place = l.place AND i.grantee <> l.relowner
    JOIN pg_catalog.pg_class c ON c.oid = l.relid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = i.grantee
WHERE (i.grantee = 0 OR r.oid IS NOT NULL)
    AND NOT pg_catalog.has_sequence_privilege(i.grantee, l.sequence, 'USAGE, UPDATE')
ORDER BY 1, 2, 3
