-- The furthest row of a linked column, those of this transaction included. A part of follow.sql, follow_drawing.sql and
-- followed.sql.
-- reads: one column of one table, through its index where it has one
-- versions: 10-19
-- privileges: SELECT on the column
(SELECT {value}::pg_catalog.numeric FROM {table} AS t{where})
