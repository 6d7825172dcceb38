-- How far a standby has come: whether its replay is paused, whether it receives anything, by how many bytes of WAL it is
-- behind $1 (NULL is what it has received by now, which is given back), and how long ago its last transaction was
-- committed.
-- reads: pg_stat_wal_receiver
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.pg_is_wal_replay_paused() AS paused,
       EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver AS r WHERE r.pid IS NOT NULL) AS receives,
       COALESCE($1::pg_catalog.pg_lsn, pg_catalog.pg_last_wal_receive_lsn())::text AS received,
       (GREATEST(COALESCE($1::pg_catalog.pg_lsn, pg_catalog.pg_last_wal_receive_lsn()),
                 pg_catalog.pg_last_wal_replay_lsn()) - pg_catalog.pg_last_wal_replay_lsn())::bigint AS behind,
       EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::bigint AS seconds
