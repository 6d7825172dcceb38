-- The transactions that have written to a table and are not at their end, prepared ones too. They are known by
-- their virtual transaction, which a prepared transaction keeps. Weaker modes are those of VACUUM, ANALYZE and
-- CREATE INDEX, which write no rows.
-- reads: the lock table
-- versions: 10-19
-- privileges: none
SELECT l.relation,
       l.virtualtransaction,
       l.pid,
       CASE WHEN l.pid IS NULL
            THEN (SELECT p.gid
                  FROM pg_catalog.pg_locks AS x
                  JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = x.transactionid
                  WHERE x.locktype = 'transactionid' AND x.virtualtransaction = l.virtualtransaction
                  LIMIT 1) END AS gid
FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'relation'
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  AND l.granted
  AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
