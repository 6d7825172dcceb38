-- The next transaction id that has not ended, of the whole server, and how many rows were written to tables, as far as the
-- statistics know by now: those of a transaction come when it has ended, up to a second after, or after the session's next
-- one behind that.
-- $1: the tables' OIDs
-- reads: statistics
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) AS next_id,
       (SELECT pg_catalog.array_agg(COALESCE(pg_catalog.pg_stat_get_tuples_inserted(t.oid)
                                             + pg_catalog.pg_stat_get_tuples_updated(t.oid), 0) ORDER BY t.place)
        FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS t (oid, place)) AS rows
