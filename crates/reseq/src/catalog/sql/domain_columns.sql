-- The columns that take the default of one of the domains $1, having none of their own.
-- versions: 10-19
-- privileges: none
select a.attrelid, a.attnum, a.atttypid
from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'f')
where a.atttypid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
    and not a.atthasdef and a.attidentity = ''
