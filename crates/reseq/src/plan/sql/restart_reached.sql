-- One row where a sequence does not stand before a value, to be handed out next.
-- reads: the state of the sequence
-- versions: 10-19
-- privileges: SELECT on the sequence
SELECT pg_catalog.concat({literal}, ' stands at ', s.last_value, ' instead of before ', {value}) AS problem,
       NULL::text AS hint
FROM {name} AS s
WHERE s.last_value <> {value} OR s.is_called
