-- One row where tables have got partitions or children since they were looked at, or one of them other columns.
-- reads: the catalogue
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.concat(x.name::pg_catalog.regclass, ' was altered since it was looked at') AS problem,
       'run the command again'::text AS hint
FROM (SELECT i.inhparent AS name
      FROM pg_catalog.pg_inherits i
      WHERE i.inhparent = ANY ({tables}) AND NOT i.inhrelid = ANY ({tables})
      UNION ALL
      SELECT k.relation
      FROM ROWS FROM (pg_catalog.unnest({tables}), pg_catalog.unnest({columns})) AS k(relation, columns)
      WHERE k.columns IS DISTINCT FROM (
          SELECT coalesce(pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum), '')
          FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = k.relation AND a.attnum > 0 AND NOT a.attisdropped
              AND coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = '')) AS x
LIMIT 1
