-- Waits for whoever draws one of these sequences forward with reseq, and keeps the next one waiting until the end of
-- the transaction: advisory locks, whose keys hold the OID behind the letters "rese". In one order for all.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.pg_advisory_xact_lock((1919251301::bigint << 32) + s.oid::bigint)
FROM (SELECT u.oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS u(oid) ORDER BY u.oid) AS s
