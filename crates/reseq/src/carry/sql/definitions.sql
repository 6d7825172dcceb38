-- One number for the names, owners, privileges and definitions of all sequences: another one as soon as any of them is
-- created, altered, renamed or dropped.
-- reads: pg_class, pg_sequence, pg_namespace
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.concat_ws(' ', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hashtext(pg_catalog.concat_ws(' ',
           c.oid, n.nspname, c.relname, c.relowner, c.relacl, c.relpersistence,
           q.seqtypid, q.seqstart, q.seqmin, q.seqmax, q.seqincrement, q.seqcycle, q.seqcache)))) AS fingerprint
FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_sequence q ON q.seqrelid = c.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't'
