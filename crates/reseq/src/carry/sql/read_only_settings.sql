-- Whether transactions are read-only by default, as it was set for this database, and for roles in it or everywhere:
-- what was set for a role outweighs what was set for the database (manual, section 20.1.3).
-- reads: pg_db_role_setting, pg_database
-- versions: 10-19
-- privileges: none
SELECT CASE WHEN s.setrole <> 0 THEN pg_catalog.pg_get_userbyid(s.setrole)::text END AS role,
       pg_catalog.split_part(c.setting, '=', 2) AS value,
       pg_catalog.split_part(c.setting, '=', 2)::boolean AS is_on
FROM pg_catalog.pg_db_role_setting AS s
CROSS JOIN pg_catalog.unnest(s.setconfig) AS c(setting)
WHERE pg_catalog.split_part(c.setting, '=', 1) = 'default_transaction_read_only'
  AND (s.setrole <> 0 OR s.setdatabase <> 0)
  AND s.setdatabase IN (0, (SELECT d.oid
                            FROM pg_catalog.pg_database AS d
                            WHERE d.datname = pg_catalog.current_database()))
ORDER BY s.setrole, s.setdatabase
