-- The subscriptions of this database: the slot of each, whether it is enabled, and its tables.
-- Before 14 only superusers may read the OID of a subscription, but anybody by the view of its workers.
-- reads: pg_subscription, pg_stat_subscription, pg_subscription_rel, pg_class
-- versions: 10-19
-- privileges: none
SELECT s.subname,
       s.subslotname,
       s.subenabled,
       ARRAY(SELECT r.srrelid::bigint
             FROM pg_catalog.pg_subscription_rel AS r
             JOIN pg_catalog.pg_class AS c ON c.oid = r.srrelid
             WHERE r.srsubid IN (SELECT w.subid
                                 FROM pg_catalog.pg_stat_subscription AS w
                                 WHERE w.subname = s.subname)
               AND c.relkind <> 'S') AS tables
FROM pg_catalog.pg_subscription AS s
WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
ORDER BY s.subname
