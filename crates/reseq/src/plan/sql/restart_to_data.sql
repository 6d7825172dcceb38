-- Sets a sequence to the first value of its lane after the rows of its columns, or to its START where there is none.
-- It goes back only where that was asked for. The sequence is locked before by ALTER SEQUENCE, which makes the setval()
-- a part of the transaction. OFFSET 0 keeps what the inner level gives from being computed again.
-- reads: the state of the sequence, the linked columns; writes: the sequence
-- versions: 10-19
-- privileges: ownership of the sequence, SELECT on it and on the columns
SELECT pg_catalog.setval({sequence}, {result}::bigint, false)
FROM (SELECT CASE WHEN s.is_called THEN s.last_value::numeric + {increment} ELSE s.last_value END AS next FROM {name} AS s) AS at
    CROSS JOIN (SELECT {past_rows} AS past_rows OFFSET 0) AS r
