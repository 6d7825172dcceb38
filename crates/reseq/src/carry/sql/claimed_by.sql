-- Who holds the lock of those who fence this database: claim.sql.
-- reads: the lock table, pg_stat_activity, pg_database
-- versions: 10-19
-- privileges: none, but where others come from takes those of pg_read_all_stats
SELECT l.pid,
       pg_catalog.concat(' (as ' || pg_catalog.quote_ident(a.usename),
                         ', from ' || pg_catalog.host(a.client_addr),
                         ', since ' || pg_catalog.date_trunc('second', a.backend_start)::text,
                         CASE WHEN a.usename IS NOT NULL THEN ')' END) AS whose
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory'
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND l.classid = 1919251301
  AND l.objid = 1717923427
  AND l.objsubid = 2
  AND l.granted
