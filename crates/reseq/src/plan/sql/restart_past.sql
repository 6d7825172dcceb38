-- One row where a sequence would meet the rows that are there.
-- reads: the state of the sequence, the linked columns
-- versions: 10-19
-- privileges: SELECT on the sequence and the columns
SELECT pg_catalog.concat({literal}, ' stands at ', s.last_value, ' although its rows need ', r.past_rows) AS problem,
       NULL::text AS hint
FROM {name} AS s CROSS JOIN (SELECT {past_rows} AS past_rows OFFSET 0) AS r
WHERE s.is_called OR {sign} * (r.past_rows - s.last_value) > 0
