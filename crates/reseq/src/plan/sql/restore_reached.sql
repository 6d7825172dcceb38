-- One row where a sequence does not stand where it was put back to.
-- reads: the state of the sequence
-- versions: 10-19
-- privileges: SELECT on the sequence
SELECT pg_catalog.concat({literal}, ' stands at ', s.last_value, ' instead of ', {last_value}) AS problem,
       NULL::text AS hint
FROM {name} AS s
WHERE s.last_value <> {last_value} OR s.is_called <> {is_called}
