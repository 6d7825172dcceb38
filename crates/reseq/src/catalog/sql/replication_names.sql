-- The publications and the subscriptions of this database.
-- versions: 10-19
-- privileges: none
SELECT true AS publication, p.pubname::text AS name FROM pg_catalog.pg_publication p
UNION ALL
SELECT false, s.subname FROM pg_catalog.pg_subscription s
    JOIN pg_catalog.pg_database d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
ORDER BY 1, 2
