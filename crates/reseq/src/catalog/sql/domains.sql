-- The domains: what each is made of, and its default as SQL text. A domain over another one has copied
-- its default when it was made: ALTER DOMAIN of the one below does not reach it. The type of the extension citext
-- counts as a domain over text that ignores case.
-- versions: 10-19
-- privileges: none
SELECT t.oid, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE 'pg_catalog.text'::pg_catalog.regtype::pg_catalog.oid END AS base,
    t.typtypmod, pg_catalog.format_type(t.oid, NULL) AS name,
    pg_catalog.pg_get_expr(t.typdefaultbin, 0) AS expression, t.typtype <> 'd' AS ignores_case
FROM pg_catalog.pg_type t
WHERE t.typtype = 'd' OR t.typtype = 'b' AND t.typname = 'citext'
