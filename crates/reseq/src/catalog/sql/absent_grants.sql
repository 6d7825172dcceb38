-- Of the sequences $1: who owns each, how the identity column draws that it belongs to, whether it is there for UNLOGGED
-- tables, its comment, and what was granted on it to others: the role (NULL is PUBLIC), its privileges, and whether it may grant them
-- on. One row a grant, and one without grants.
-- versions: 10-19
-- privileges: none
SELECT s.oid, pg_catalog.pg_get_userbyid(s.relowner) AS owner, a.attidentity::text AS identity,
    g.grantee IS NOT NULL AS granted, r.rolname, g.privileges, coalesce(g.is_grantable, false) AS is_grantable,
    pg_catalog.obj_description(s.oid, 'pg_class') AS comment
FROM pg_catalog.pg_class s
    LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype = 'i'
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    LEFT JOIN LATERAL (
        SELECT acl.grantee, acl.is_grantable,
            pg_catalog.string_agg(acl.privilege_type, ', ' ORDER BY acl.privilege_type) AS privileges
        FROM pg_catalog.aclexplode(s.relacl) acl
        WHERE acl.grantee <> s.relowner
        GROUP BY acl.grantee, acl.is_grantable) g ON true
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = g.grantee
WHERE s.oid = ANY ($1::pg_catalog.oid[]) AND (g.grantee IS NULL OR g.grantee = 0 OR r.oid IS NOT NULL)
ORDER BY s.oid, g.grantee, g.is_grantable
