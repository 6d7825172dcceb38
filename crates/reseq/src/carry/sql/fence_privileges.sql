-- What it takes to make this database read-only and to end the sessions in it, and what the role lacks of it.
-- reads: pg_database, pg_roles
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.quote_ident(d.datname),
       pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owns,
       pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS ends_sessions,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_sessions,
       pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.datdba)) AS owner
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
