-- Whether transactions are read-only by default, as it was set for this database, and for roles in it or everywhere:
-- what was set for a role outweighs what was set for the database (manual, section 20.1.3). It counts for the roles that
-- may log in: SET ROLE takes no settings over.
-- reads: pg_db_role_setting, pg_database, pg_roles
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.quote_ident(r.rolname) AS role,
       pg_catalog.split_part(c.setting, '=', 2) AS value,
       pg_catalog.split_part(c.setting, '=', 2)::boolean AS is_on,
       COALESCE(r.rolname = SESSION_USER, false) AS is_own
FROM pg_catalog.pg_db_role_setting AS s
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole AND r.rolcanlogin
CROSS JOIN pg_catalog.unnest(s.setconfig) AS c(setting)
WHERE pg_catalog.split_part(c.setting, '=', 1) = 'default_transaction_read_only'
  AND (r.oid IS NOT NULL OR s.setrole = 0 AND s.setdatabase <> 0)
  AND s.setdatabase IN (0, (SELECT d.oid
                            FROM pg_catalog.pg_database AS d
                            WHERE d.datname = pg_catalog.current_database()))
ORDER BY s.setrole, s.setdatabase
