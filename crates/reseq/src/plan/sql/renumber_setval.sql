-- Lets the sequence end with the last new id, or with the last value that another column has of it.
-- reads: the map, linked columns; writes: the sequence, whose file is of this transaction since it was locked
-- versions: 10-19
-- privileges: UPDATE on the sequence, SELECT on the columns
SELECT pg_catalog.setval({sequence}, ({start} + GREATEST(c.calls - 1, 0) * {increment})::bigint, c.calls > 0)
FROM (SELECT GREATEST(0, (SELECT pg_catalog.count(*) FROM pg_temp.reseq_map){others})::numeric AS calls) AS c
