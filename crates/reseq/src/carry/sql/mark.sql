-- Writes a mark into the WAL, behind all that was committed before, and says where it is. Changes nothing in the
-- database. When the transaction is committed, the mark and all before it are on the disk: only that is sent on.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.set_config('synchronous_commit', 'local', true),
       pg_catalog.pg_logical_emit_message(true, 'reseq', '')::text AS position
