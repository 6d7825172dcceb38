-- What the tables are, but for their files.
SELECT string_agg(line, E'\n' ORDER BY line) FROM (
    SELECT concat(c.oid, ' ', c.relname, ' ', c.relreplident, ' ', c.relacl, ' ', c.reloptions) AS line FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'S')
    UNION ALL SELECT concat('index ', pg_get_indexdef(indexrelid), indisreplident, indisclustered, indisvalid, ' ',
            obj_description(indexrelid, 'pg_class'), (SELECT string_agg(a.attstattarget::text, ',') FROM pg_attribute a WHERE a.attrelid = indexrelid))
        FROM pg_index JOIN pg_class c ON c.oid = indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
    UNION ALL SELECT concat('constraint ', conrelid::regclass, ' ', conname, ' ', pg_get_constraintdef(oid), ' ', obj_description(oid, 'pg_constraint'))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat('trigger ', tgrelid::regclass, ' ', CASE WHEN tgisinternal THEN tgtype::text ELSE tgname END, ' ', tgenabled) FROM pg_trigger
    UNION ALL SELECT concat('rule ', ev_class::regclass, ' ', rulename, ' ', ev_enabled) FROM pg_rewrite WHERE ev_class > 16383
    UNION ALL SELECT concat('column ', attrelid::regclass, ' ', attname, ' ', attidentity, ' ', attstattarget, ' ', attnotnull)
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND attnum > 0) AS l
