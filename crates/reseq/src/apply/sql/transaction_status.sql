-- What became of transaction $1: committed, aborted, in progress, or NULL where the server has forgotten it.
-- reads: nothing but the commit log
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.txid_status($1::bigint)
