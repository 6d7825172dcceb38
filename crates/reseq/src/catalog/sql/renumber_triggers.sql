-- What acts on its own when rows of the tables and partitions $1 change: triggers and rules, as they are enabled now:
-- O, R or A (manual, ALTER TABLE). Up to 14, what partitions have of their parents' triggers counts as internal, and only
-- superusers may disable it. The triggers of the server itself that look whether the rows of other tables are there
-- that foreign keys refer to may be disabled by superusers only: $2 asks for them.
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table", pg_catalog.quote_ident(t.name) AS name, t.enabled,
    t.is_rule
FROM pg_catalog.unnest($1::oid[]) WITH ORDINALITY AS k (relid, place)
    JOIN pg_catalog.pg_class c ON c.oid = k.relid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT g.tgname AS name, g.tgenabled AS enabled, false AS is_rule
        FROM pg_catalog.pg_trigger g
            LEFT JOIN pg_catalog.pg_constraint f ON f.oid = g.tgconstraint
        WHERE g.tgrelid = k.relid AND (NOT g.tgisinternal OR g.tgconstraint = 0 OR f.contype = 't'
            OR $2::bool AND f.contype = 'f' AND f.conrelid = k.relid AND NOT f.confrelid = ANY ($1::oid[]))
        UNION ALL
        SELECT r.rulename, r.ev_enabled, true
        FROM pg_catalog.pg_rewrite r
        WHERE r.ev_class = k.relid AND r.ev_type <> '1') AS t
WHERE t.enabled <> 'D'
ORDER BY c.relkind <> 'p', k.place, t.is_rule, t.name
