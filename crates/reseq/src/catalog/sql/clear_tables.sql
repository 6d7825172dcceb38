-- The tables $1 with everything below them (partitions, inheritance children), and all that refers to these by foreign
-- keys, at any distance: which of them are named or below a named one; what they are; which of these tables they refer to;
-- their columns but for those that the server computes (attgenerated is there since 12); what the role may do.
-- versions: 10-19
-- privileges: none
WITH RECURSIVE named AS (
    SELECT r.oid AS relation FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS r(oid)
    UNION
    SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN named n ON n.relation = i.inhparent
), reached AS (
    SELECT n.relation FROM named n
    UNION
    SELECT l.relation
    FROM reached r CROSS JOIN LATERAL (
        SELECT i.inhrelid AS relation FROM pg_catalog.pg_inherits i WHERE i.inhparent = r.relation
        UNION ALL
        SELECT f.conrelid FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.confrelid = r.relation
    ) AS l
)
SELECT c.oid,
    pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
    c.relkind::text AS kind,
    EXISTS (SELECT FROM named WHERE named.relation = c.oid) AS is_named,
    ARRAY(SELECT DISTINCT f.confrelid FROM pg_catalog.pg_constraint f
        WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.confrelid <> c.oid) AS refers_to,
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = ''), '') AS columns,
    coalesce(pg_catalog.pg_relation_size(c.oid), 0) AS bytes,
    coalesce(pg_catalog.has_table_privilege(c.oid, 'TRUNCATE'), false) AS truncate,
    coalesce(pg_catalog.has_table_privilege(c.oid, 'SELECT'), false) AS "select"
FROM reached r
    JOIN pg_catalog.pg_class c ON c.oid = r.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY 2
