-- What the tables $1 and what refers to them look like, in one word: columns, indexes, constraints, triggers, rules,
-- partitions and owners.
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.md5(pg_catalog.string_agg(s.part, ' ' ORDER BY s.part COLLATE "C"))
FROM (SELECT pg_catalog.concat('column ', a.attrelid, ' ', a.attnum, ' ', a.attname, ' ', a.atttypid, ' ', a.attidentity, ' ',
               pg_catalog.to_jsonb(a) ->> 'attgenerated', ' ', a.attisdropped) AS part
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0
      UNION ALL
      SELECT pg_catalog.concat('index ', i.indrelid, ' ', i.indexrelid, ' ', i.indisreplident, i.indisclustered, i.indisvalid)
      FROM pg_catalog.pg_index i WHERE i.indrelid = ANY ($1::oid[])
      UNION ALL
      SELECT pg_catalog.concat('constraint ', f.oid, ' ', f.convalidated)
      FROM pg_catalog.pg_constraint f WHERE f.conrelid = ANY ($1::oid[]) OR f.confrelid = ANY ($1::oid[])
      UNION ALL
      SELECT pg_catalog.concat('trigger ', g.oid, ' ', g.tgenabled)
      FROM pg_catalog.pg_trigger g WHERE g.tgrelid = ANY ($1::oid[])
      UNION ALL
      SELECT pg_catalog.concat('rule ', r.oid, ' ', r.ev_enabled)
      FROM pg_catalog.pg_rewrite r WHERE r.ev_class = ANY ($1::oid[])
      UNION ALL
      SELECT pg_catalog.concat('part ', h.inhparent, ' ', h.inhrelid)
      FROM pg_catalog.pg_inherits h WHERE h.inhparent = ANY ($1::oid[])
      UNION ALL
      SELECT pg_catalog.concat('owner ', c.oid, ' ', c.relowner, ' ', c.relname, ' ', c.relnamespace)
      FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::oid[])) AS s
