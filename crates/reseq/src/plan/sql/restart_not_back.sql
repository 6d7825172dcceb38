-- One row where a sequence has come past a value meanwhile: what stands in the way, and what to do.
-- reads: the state of the sequence
-- versions: 10-19
-- privileges: SELECT on the sequence
SELECT pg_catalog.concat({literal}, ' has come to ', at.next, ' meanwhile: to restart it with ', {value}, ' would go back') AS problem,
       'run the command again'::text AS hint
FROM (SELECT CASE WHEN s.is_called THEN s.last_value::numeric + {increment} ELSE s.last_value END AS next FROM {name} AS s) AS at
WHERE {sign} * (at.next - {value}) > 0
