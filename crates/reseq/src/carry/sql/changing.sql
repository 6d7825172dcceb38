-- The open transactions that have changed anything in this database, prepared ones too, and whose they are, by the first
-- of their ids: subtransactions have later ones, and it remains when the transaction is prepared. Those of
-- autovacuum, which creates nothing, are left out: it has no role. What kind of process it is not everybody may know.
-- reads: the lock table, pg_stat_activity, pg_prepared_xacts
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.min(l.transactionid::text::bigint)::text AS id,
       a.pid,
       NULL::text AS gid,
       a.usename::text AS usename,
       a.application_name
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'transactionid'
  AND l.mode = 'ExclusiveLock'
  AND l.granted
  AND a.datname = pg_catalog.current_database()
  AND a.usesysid IS NOT NULL
  AND a.pid <> pg_catalog.pg_backend_pid()
GROUP BY a.pid, a.usename, a.application_name
UNION ALL
SELECT p.transaction::text, NULL, p.gid, p.owner::text, NULL
FROM pg_catalog.pg_prepared_xacts AS p
WHERE p.database = pg_catalog.current_database()
