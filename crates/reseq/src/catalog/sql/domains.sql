-- The domains: what each is made of, and its default as SQL text. A domain over another one has copied
-- its default when it was made: ALTER DOMAIN of the one below does not reach it.
-- versions: 10-19
-- privileges: none
SELECT t.oid, t.typbasetype, t.typtypmod, pg_catalog.format_type(t.oid, NULL) AS name,
    pg_catalog.pg_get_expr(t.typdefaultbin, 0) AS expression
FROM pg_catalog.pg_type t
WHERE t.typtype = 'd'
