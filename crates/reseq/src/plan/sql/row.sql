-- The furthest row of a linked column, for the look under the lock; NULL where it lies so far away that it may be
-- an outlier, which the look afterwards decides.
-- reads: one column of one table, through its index
-- versions: 10-19
-- privileges: SELECT on the column
(SELECT CASE WHEN {sign} * (x.value - {target}) <= {far} THEN {sign} * (x.value - at.next) + {beyond} END
 FROM (SELECT ({factor} * (pg_catalog.{extreme}(t.{column})::numeric - {offset})) AS value FROM {table} AS t) AS x)
