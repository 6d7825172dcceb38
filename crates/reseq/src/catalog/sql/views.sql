-- Where an INSERT into the column $2 of the view $1 goes: whether the view passes it on by itself, and the
-- view's stored tree, whose target list names the column that each of its columns comes from.
-- versions: 10-19
-- privileges: none
SELECT v.place,
    pg_catalog.pg_relation_is_updatable(c.oid::pg_catalog.regclass, false) & 8 <> 0
        AND pg_catalog.pg_column_is_updatable(c.oid::pg_catalog.regclass, v.attnum, false)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_trigger t
            WHERE t.tgrelid = c.oid AND t.tgtype & 64 <> 0 AND t.tgtype & 4 <> 0)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_rewrite i WHERE i.ev_class = c.oid AND i.ev_type = '3'
        ) AS insertable,
    r.ev_action::text AS tree
FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) WITH ORDINALITY
        AS v (oid, attnum, place)
    JOIN pg_catalog.pg_class c ON c.oid = v.oid AND c.relkind = 'v'
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
