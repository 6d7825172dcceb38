-- Reads the largest gaps between the values of a lane that stand in rows: the lowest and highest free value of each.
-- The rows never leave the server. The values are those of every linked column, as values of the sequence, and the one
-- past the lane's end.
-- versions: 10-19
-- privileges: SELECT on the columns, USAGE on the schemas
SELECT g.low::pg_catalog.text, g.high::pg_catalog.text
  FROM (SELECT pg_catalog.lag(v.value, 1, {before}) OVER (ORDER BY v.value) + {step} AS low, v.value - {step} AS high
          FROM ({values}) AS v(value)) AS g
 WHERE g.low <= g.high
 ORDER BY g.high - g.low DESC, g.low
 LIMIT {limit}
