-- The subscriptions of this database that take from the slots $1, how many tables each has, and how many of those are
-- still being copied for the first time. Before 14 only superusers may read the OID of a subscription, but anybody by the
-- view of its workers.
-- reads: pg_subscription, pg_stat_subscription, pg_subscription_rel, pg_class
-- versions: 10-19
-- privileges: none
SELECT s.subname,
       s.subslotname,
       s.subenabled,
       t.tables,
       t.copying,
       s.subpublications
FROM pg_catalog.pg_subscription AS s
CROSS JOIN LATERAL (SELECT pg_catalog.count(*) AS tables,
                           pg_catalog.count(*) FILTER (WHERE r.srsubstate <> 'r') AS copying
                    FROM pg_catalog.pg_subscription_rel AS r
                    JOIN pg_catalog.pg_class AS c ON c.oid = r.srrelid
                    WHERE r.srsubid IN (SELECT w.subid
                                        FROM pg_catalog.pg_stat_subscription AS w
                                        WHERE w.subname = s.subname)
                      AND c.relkind <> 'S') AS t
WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND s.subslotname = ANY ($1::pg_catalog.name[])
ORDER BY s.subname
