-- One row where a sequence would meet a row that was not there when it was looked at: what stands in the way, and what
-- to do.
-- reads: the linked column, through its index where it has one
-- versions: 10-19
-- privileges: SELECT on the column
SELECT pg_catalog.concat({literal}, ' would meet row ', r.nearest, ' of ', {column}, ', which came in meanwhile') AS problem,
       'run the command again'::text AS hint
FROM ({nearest}) AS r(nearest)
WHERE r.nearest IS NOT NULL
