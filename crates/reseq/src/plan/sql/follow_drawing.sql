-- Draws a sequence past the rows of its columns, where the role may do nothing else with it.
-- reads: the state of the sequence, the linked columns; writes: the sequence
-- versions: 10-19
-- privileges: USAGE or UPDATE on the sequence, SELECT on the columns
SELECT pg_catalog.count(pg_catalog.nextval({sequence}))
FROM (SELECT pg_catalog.generate_series(1, n.calls::pg_catalog.int8)
FROM (SELECT at.next, {calls} AS calls FROM (SELECT {next} AS next FROM {state} OFFSET 0) AS at OFFSET 0) AS n
WHERE n.calls BETWEEN 1 AND {most} AND {sign} * (n.next + n.calls * {increment}) <= {sign} * {ceiling}::pg_catalog.numeric) AS c
