-- The logical replication slots of this database.
-- reads: pg_replication_slots
-- versions: 10-19
-- privileges: none
SELECT s.slot_name
FROM pg_catalog.pg_replication_slots AS s
WHERE s.slot_type = 'logical'
  AND s.database = pg_catalog.current_database()
