-- What pgcopydb's `copy sequences` asks the source, in words of our own: which sequences there are, then where each
-- stands, one statement a sequence. Prints the statements for the target: one setval() each.
-- versions: 10-19
-- privileges: SELECT on the sequences

SELECT pg_catalog.format(
           'SELECT pg_catalog.format(''SELECT pg_catalog.setval(%%L, %%s, %%L);'', %L, last_value, is_called) FROM %s',
           s.name, s.name)
  FROM (SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'S' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
         ORDER BY n.nspname, c.relname) AS s \gexec
