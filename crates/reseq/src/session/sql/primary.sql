-- Where a standby gets its changes from: the server that it streams from at this moment (host and port since 11), and
-- the connection string by which it does or, since 12, is set to do so.
-- reads: pg_stat_wal_receiver, pg_settings
-- versions: 10-19
-- privileges: none, but empty without those of pg_read_all_stats and pg_read_all_settings
SELECT pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(r), 'sender_host'),
       pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(r), 'sender_port'),
       COALESCE(r.conninfo, s.setting)
FROM (SELECT) AS one
LEFT JOIN pg_catalog.pg_stat_wal_receiver AS r ON true
LEFT JOIN pg_catalog.pg_settings AS s ON s.name = 'primary_conninfo'
