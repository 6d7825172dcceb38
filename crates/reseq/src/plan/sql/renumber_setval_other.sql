-- How many calls from the start on cover what another column has: a part of renumber_setval.sql.
-- reads: a linked column
-- versions: 10-19
-- privileges: SELECT on the column
(SELECT 1 + pg_catalog.ceil((pg_catalog.{extreme}(t.{column})::numeric - {start}) / {increment}) FROM {table} AS t)
