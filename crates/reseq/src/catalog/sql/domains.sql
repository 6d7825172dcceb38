-- The domains: what each is made of, and its default as SQL text. A domain over another one has copied
-- its default when it was made: ALTER DOMAIN of the one below does not reach it.
-- versions: 10-19
-- privileges: none
select t.oid, t.typbasetype, t.typtypmod, pg_catalog.format_type(t.oid, null) as name,
    pg_catalog.pg_get_expr(t.typdefaultbin, 0) as expression
from pg_catalog.pg_type t
where t.typtype = 'd'
