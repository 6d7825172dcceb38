-- The sessions of clients in this database, but for the processes $1 and the senders of replication: how many, by what
-- they call themselves and their roles, most first; and whether this role may end those of that role if it may end any.
-- What kind of process it is not everybody may know.
-- reads: pg_stat_activity, pg_stat_replication, pg_roles
-- versions: 10-19
-- privileges: none, but what others call themselves takes those of pg_read_all_stats
SELECT NULLIF(a.application_name, '') AS application,
       pg_catalog.quote_ident(r.rolname) AS role,
       NOT r.rolsuper OR me.rolsuper AS may_be_ended,
       pg_catalog.count(*) AS sessions
FROM pg_catalog.pg_stat_activity AS a
JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
JOIN pg_catalog.pg_roles AS me ON me.rolname = CURRENT_USER
WHERE a.datname = pg_catalog.current_database()
  AND COALESCE(a.backend_type, 'client backend') = 'client backend'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_replication AS w WHERE w.pid = a.pid)
  AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.pid <> ALL ($1::pg_catalog.int4[])
GROUP BY 1, 2, 3
ORDER BY sessions DESC, 1, 2
