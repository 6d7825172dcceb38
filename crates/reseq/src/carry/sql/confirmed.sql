-- Those of the slots $1 whose taker has on its disk all that was written before $2.
-- reads: pg_replication_slots
-- versions: 10-19
-- privileges: none
SELECT s.slot_name
FROM pg_catalog.pg_replication_slots AS s
WHERE s.slot_name = ANY ($1::pg_catalog.name[])
  AND s.confirmed_flush_lsn >= $2::pg_catalog.pg_lsn
