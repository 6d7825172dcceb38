-- The furthest row of a column: a part of state_together.sql.
-- reads: one column of one table, through its index
-- versions: 10-19
-- privileges: SELECT on the column
(SELECT pg_catalog.{extreme}(t.{column}) FROM {table} AS t)
