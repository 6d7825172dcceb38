-- What the server is, who is asking, and what unqualified names mean to them.
-- reads: nothing but functions, the role's own row of pg_roles and the database's of pg_database
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.current_setting('server_version'),
       pg_catalog.current_database(),
       CURRENT_USER,
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_schemas(true),
       (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER),
       (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
