-- What Django's sqlsequencereset prints for {table}, in words of our own. One round trip.
-- versions: 10-19
-- privileges: SELECT on the table, UPDATE on the sequence

SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM {table};
