-- All sequences at a glance: their files, how often a block of each was accessed, whether another session holds the
-- lock that nextval() takes and keeps, and whether one holds, or waits for, a lock that keeps from nextval(). The counts
-- come late: when a transaction has ended, and up to a second after. In
-- pg_stat_get_blocks_fetched() they are NULL for what was dropped in this very moment.
-- Each count is asked for once: what is known of it need not be kept (stats_fetch_consistency), which takes a fifth of
-- the time.
-- reads: pg_class, pg_locks, statistics
-- versions: 15-19
-- privileges: none
SELECT pg_catalog.array_agg(c.oid) AS oids,
       pg_catalog.array_agg(c.relfilenode) AS files,
       pg_catalog.array_agg(COALESCE(pg_catalog.pg_stat_get_blocks_fetched(c.oid), 0)) AS blocks,
       pg_catalog.array_agg(c.oid) FILTER (WHERE l.held) AS held,
       pg_catalog.array_agg(c.oid) FILTER (WHERE l.locked) AS locked,
       pg_catalog.current_setting('track_counts')::pg_catalog.bool AS counts
FROM (SELECT pg_catalog.set_config('stats_fetch_consistency', 'none', true) OFFSET 0) AS first
    CROSS JOIN pg_catalog.pg_class c
    LEFT JOIN (
        SELECT l.relation,
               pg_catalog.bool_or(l.mode = 'RowExclusiveLock' AND l.granted) AS held,
               pg_catalog.bool_or(l.mode IN ('ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) AS locked
        FROM pg_catalog.pg_locks l
        WHERE l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
            AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d
                              WHERE d.datname = pg_catalog.current_database())
        GROUP BY l.relation) l ON l.relation = c.oid
WHERE c.relkind = 'S' AND c.relpersistence <> 't'
