-- The sequences that subscriptions of this database synchronise: the subscription and whether it is enabled; whether the
-- sequence has been copied at all, and from where in the publisher's log, in bytes.
-- versions: 19-19
-- privileges: none
SELECT s.subname, s.subenabled, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
    r.srsubstate = 'r' AS ready,
    (r.srsublsn - '0/0'::pg_catalog.pg_lsn)::bigint AS copied_at
FROM pg_catalog.pg_subscription s
    JOIN pg_catalog.pg_database d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
    JOIN pg_catalog.pg_subscription_rel r ON r.srsubid = s.oid
    JOIN pg_catalog.pg_class c ON c.oid = r.srrelid AND c.relkind = 'S'
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY 1, 3
