-- Which transactions have ended: as long as this stays the same, none that has written has ended.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.txid_current_snapshot()::pg_catalog.text
