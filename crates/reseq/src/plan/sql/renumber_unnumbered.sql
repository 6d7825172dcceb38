-- Whether every row has an id: the file does not tell which have none.
-- reads: the numbered column
-- versions: 10-19
-- privileges: SELECT on the column
SELECT pg_catalog.concat({name}, ' is null in a row, which would get an id'), 'use another --method'::text
FROM {table} AS t WHERE t.{column} IS NULL LIMIT 1
