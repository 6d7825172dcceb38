-- The subscriptions of this database that take from the slots $1, how many tables each has, and how many of those are
-- still being copied for the first time.
-- reads: pg_subscription, pg_subscription_rel, pg_class
-- versions: 10-19
-- privileges: none since 12; before, those of a superuser
SELECT s.subname,
       s.subslotname,
       s.subenabled,
       (SELECT pg_catalog.count(*)
        FROM pg_catalog.pg_subscription_rel AS r
        JOIN pg_catalog.pg_class AS c ON c.oid = r.srrelid
        WHERE r.srsubid = s.oid AND c.relkind <> 'S') AS tables,
       (SELECT pg_catalog.count(*)
        FROM pg_catalog.pg_subscription_rel AS r
        JOIN pg_catalog.pg_class AS c ON c.oid = r.srrelid
        WHERE r.srsubid = s.oid AND r.srsubstate <> 'r' AND c.relkind <> 'S') AS copying
FROM pg_catalog.pg_subscription AS s
WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND s.subslotname = ANY ($1::pg_catalog.name[])
ORDER BY s.subname
