-- Where in the log each of the sequences $1 was written last, in bytes; NULL where the role may not read it.
-- versions: 19-19
-- privileges: SELECT on the sequences
SELECT w.oid, (d.page_lsn - '0/0'::pg_catalog.pg_lsn)::bigint AS written_at
FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS w (oid)
    CROSS JOIN LATERAL pg_catalog.pg_get_sequence_data(w.oid::pg_catalog.regclass) d
