-- Says, for a demand, what keeps a sequence from standing past the rows of its columns.
-- reads: the state of the sequence, the linked columns
-- versions: 10-19
-- privileges: SELECT or USAGE on the sequence, SELECT on the columns
SELECT pg_catalog.concat({what}, n.next + n.calls * {increment}, {why}), {hint}
FROM (SELECT at.next, {calls} AS calls FROM (SELECT {next} AS next FROM {state} OFFSET 0) AS at OFFSET 0) AS n
WHERE n.calls > 0
