-- Which of the roles $1 there are, as this server writes them, and whether this role may give them what it has made.
-- versions: 10-19
-- privileges: none
SELECT r.rolname, pg_catalog.quote_ident(r.rolname) AS quoted,
    pg_catalog.pg_has_role(r.oid, 'MEMBER') AS may_give
FROM pg_catalog.pg_roles r
WHERE r.rolname = ANY ($1::text[])
