-- Whether somebody takes from the slots $1, and how many bytes of WAL on the disk are not confirmed yet.
-- reads: pg_replication_slots
-- versions: 10-19
-- privileges: none
SELECT s.slot_name,
       s.active,
       GREATEST(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_flush_lsn(), s.confirmed_flush_lsn), 0)::pg_catalog.int8
FROM pg_catalog.pg_replication_slots AS s
WHERE s.slot_name = ANY ($1::pg_catalog.name[])
