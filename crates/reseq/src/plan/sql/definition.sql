-- One row where a sequence is no longer defined as the plan took it for: what stands in the way, and what to do.
-- reads: the catalogue
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.concat({name}, ' was altered since it was looked at') AS problem, 'run the command again'::text AS hint
FROM pg_catalog.pg_sequence AS q
WHERE q.seqrelid = {sequence}
  AND (pg_catalog.format_type(q.seqtypid, NULL), q.seqstart, q.seqmin, q.seqmax, q.seqincrement, q.seqcycle, q.seqcache)
      IS DISTINCT FROM ({type}::text, {start}, {min}, {max}, {increment}, {cycle}, {cache})
