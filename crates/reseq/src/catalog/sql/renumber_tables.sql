-- The tables $1: names, kinds, how many rows the last ANALYZE counted, and what they take on disk with their
-- partitions, in bytes: heap and TOAST, indexes.
-- versions: 10-19
-- privileges: none
WITH RECURSIVE part AS (
    SELECT k.place, k.relid FROM pg_catalog.unnest($1::oid[]) WITH ORDINALITY AS k (relid, place)
    UNION ALL
    SELECT p.place, i.inhrelid
    FROM part p
        JOIN pg_catalog.pg_class c ON c.oid = p.relid AND c.relkind = 'p'
        JOIN pg_catalog.pg_inherits i ON i.inhparent = p.relid)
SELECT k.place, pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table", c.relkind = 'p' AS partitioned,
    s.oids, s.estimate::int8, s.heap::int8, s.indexes::int8, s.elsewhere
FROM pg_catalog.unnest($1::oid[]) WITH ORDINALITY AS k (relid, place)
    JOIN pg_catalog.pg_class c ON c.oid = k.relid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT pg_catalog.array_agg(m.oid::int8 ORDER BY m.oid) AS oids,
            pg_catalog.sum(greatest(m.reltuples, 0)) FILTER (WHERE m.relkind <> 'p') AS estimate,
            coalesce(pg_catalog.sum(pg_catalog.pg_table_size(m.oid)) FILTER (WHERE m.relkind = 'r'), 0) AS heap,
            coalesce(pg_catalog.sum(pg_catalog.pg_indexes_size(m.oid)) FILTER (WHERE m.relkind = 'r'), 0) AS indexes,
            pg_catalog.bool_or(m.reltablespace <> 0) AS elsewhere
        FROM part p JOIN pg_catalog.pg_class m ON m.oid = p.relid
        WHERE p.place = k.place) AS s
ORDER BY k.place
