-- The number of this transaction, by which the server tells later whether it was committed (txid_status()).
-- reads: nothing; takes a transaction number
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.txid_current()
