-- Which transaction has set the settings of this database last: another one, or none, where they were changed since.
-- reads: pg_db_role_setting, pg_database
-- versions: 10-19
-- privileges: none
SELECT s.xmin::text
FROM pg_catalog.pg_db_role_setting AS s
WHERE s.setrole = 0
  AND s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
