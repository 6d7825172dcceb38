-- Who follows between this database and a certain other one, in a certain direction: mark_direction.sql. Who began first
-- comes first.
-- reads: the lock table, pg_stat_activity, pg_database
-- versions: 10-19
-- privileges: none, but where others come from takes those of pg_read_all_stats
WITH held AS (
    SELECT l.pid, l.classid, l.objid
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'advisory'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
      AND l.classid IN (1919251300, 1919251316)
      AND l.objsubid = 2
      AND l.granted
)
SELECT direction.pid,
       since.objid::pg_catalog.int8 AS since,
       a.usename,
       CASE WHEN a.backend_start IS NOT NULL
            THEN coalesce(pg_catalog.host(a.client_addr), 'the server itself') END AS host
FROM held AS direction
JOIN held AS since ON since.pid = direction.pid AND since.classid = 1919251316
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = direction.pid
WHERE direction.classid = 1919251300
  AND direction.objid = $1::pg_catalog.oid
ORDER BY since.objid, direction.pid
LIMIT 1
