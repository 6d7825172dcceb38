-- The tables that the publications $1 publish, and those that the subscriptions $2 of this database follow.
-- Before 14 only superusers may read the OID of a subscription, but anybody by the view of its workers.
-- versions: 10-18
-- privileges: none
SELECT pg_catalog.quote_ident(p.schemaname) || '.' || pg_catalog.quote_ident(p.tablename) AS name
FROM pg_catalog.pg_publication_tables p
WHERE p.pubname = ANY ($1::text[])
UNION
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_stat_subscription s
    JOIN pg_catalog.pg_subscription_rel r ON r.srsubid = s.subid
    JOIN pg_catalog.pg_class c ON c.oid = r.srrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE s.subname = ANY ($2::text[])
