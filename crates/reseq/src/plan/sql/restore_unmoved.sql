-- One row where somebody has drawn from a sequence since it was looked at: what stands in the way, and what to do.
-- reads: the state of the sequence
-- versions: 10-19
-- privileges: SELECT on the sequence
SELECT pg_catalog.concat(
           'values of ', {literal}, ' were handed out meanwhile: its last value was ', {last_value}, ' and is ', s.last_value
       ) AS problem,
       'run the command again'::text AS hint
FROM {name} AS s
WHERE s.last_value <> {last_value} OR s.is_called <> {is_called}
