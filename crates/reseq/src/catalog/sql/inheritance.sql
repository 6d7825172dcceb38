-- Which tables are partitions or inheritance children of which.
-- versions: 10-19
-- privileges: none
SELECT i.inhrelid, i.inhparent
FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_class c ON c.oid = i.inhparent AND c.relkind IN ('r', 'p', 'f')
