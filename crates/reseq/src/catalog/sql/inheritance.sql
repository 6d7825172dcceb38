-- Which tables are partitions or inheritance children of which.
-- versions: 10-19
-- privileges: none
select i.inhrelid, i.inhparent
from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhparent and c.relkind in ('r', 'p', 'f')
