-- Which of the roles $1 there are, as this server writes them, and whether this role may give them what it has made and
-- go on with it: that takes a membership that inherits, and since 16 one that may SET ROLE, which may be left out of it.
-- versions: 10-19
-- privileges: none
SELECT r.rolname, pg_catalog.quote_ident(r.rolname) AS quoted,
    pg_catalog.pg_has_role(r.oid, 'USAGE') AND pg_catalog.pg_has_role(r.oid, s.privilege) AS may_give
FROM pg_catalog.pg_roles r
    CROSS JOIN (SELECT CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000
                            THEN 'SET' ELSE 'MEMBER' END AS privilege) s
WHERE r.rolname = ANY ($1::text[])
