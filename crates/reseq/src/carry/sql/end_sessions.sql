-- Ends the sessions of clients in this database that began before $1 and not before $2 (NULL is from ever), but for the
-- processes $3. Whoever is no superuser may not end the sessions of superusers, and is told of them.
-- reads: pg_stat_activity, pg_roles
-- versions: 10-19
-- privileges: those of pg_signal_backend and pg_read_all_stats
SELECT a.pid,
       a.usename,
       NOT r.rolsuper OR me.rolsuper AS may_be_ended,
       CASE WHEN NOT r.rolsuper OR me.rolsuper THEN pg_catalog.pg_terminate_backend(a.pid) END AS sent
FROM pg_catalog.pg_stat_activity AS a
JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
JOIN pg_catalog.pg_roles AS me ON me.rolname = CURRENT_USER
WHERE a.datname = pg_catalog.current_database()
  AND a.backend_type = 'client backend'
  AND a.backend_start < $1::timestamptz
  AND ($2::text IS NULL OR a.backend_start >= $2::timestamptz)
  AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.pid <> ALL ($3::pg_catalog.int4[])
