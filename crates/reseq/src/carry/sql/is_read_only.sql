-- Whether sessions of this database begin read-only, but for settings of their roles and their own: as it was set for the
-- database, else for the server or for all roles.
-- reads: pg_db_role_setting, pg_database, pg_settings
-- versions: 10-19
-- privileges: none
SELECT COALESCE(
    (SELECT pg_catalog.split_part(c.setting, '=', 2)::boolean
     FROM pg_catalog.pg_db_role_setting AS s
     CROSS JOIN pg_catalog.unnest(s.setconfig) AS c(setting)
     WHERE s.setrole = 0
       AND s.setdatabase = (SELECT d.oid
                            FROM pg_catalog.pg_database AS d
                            WHERE d.datname = pg_catalog.current_database())
       AND pg_catalog.split_part(c.setting, '=', 1) = 'default_transaction_read_only'),
    (SELECT g.setting::boolean
     FROM pg_catalog.pg_settings AS g
     WHERE g.name = 'default_transaction_read_only'
       AND g.source IN ('environment variable', 'configuration file', 'command line', 'global')),
    false) AS is_read_only
