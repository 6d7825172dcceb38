-- A part of a statement: how many calls lead from the first value of a lane past the furthest row of one column; NULL
-- without a row.
-- reads: the linked column
-- versions: 10-19
-- privileges: SELECT on the column
(SELECT CASE WHEN x.value IS NULL THEN NULL
             WHEN {sign} * (x.value - {first}) < 0 THEN 0
             ELSE pg_catalog.div(x.value - {first}, {step}) + 1 END
 FROM (SELECT r.furthest::numeric FROM ({furthest}) AS r(furthest)) AS x(value))
