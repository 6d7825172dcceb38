-- The transactions that have drawn from a sequence or written to a table and are not at their end, prepared ones too,
-- and whose they are. What only reads holds a weaker lock.
-- reads: the lock table, pg_stat_activity, pg_prepared_xacts
-- versions: 10-19
-- privileges: none
SELECT l.relation,
       l.pid,
       CASE WHEN l.pid IS NULL
            THEN (SELECT p.gid
                  FROM pg_catalog.pg_locks AS x
                  JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = x.transactionid
                  WHERE x.locktype = 'transactionid' AND x.virtualtransaction = l.virtualtransaction
                  LIMIT 1) END AS gid,
       a.usename,
       a.application_name
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'relation'
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  AND l.granted
  AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
