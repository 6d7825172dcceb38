-- Draws sequences forward by nextval(), each as often as it needs at this moment but no more than a million times.
-- Those that cycle are left to draw.sql. There is no value to see before the first call: then what was seen when the
-- plan was made stands in. The series is a SELECT list of its own, beneath that of nextval(): in one list with it
-- nextval() would be called once more, when the series has ended.
-- $1 the sequences, $2 the last value that the plan saw of each, $3 its increment, $4 the next value that is wanted, which
-- of what is to be used up lies past its end
-- reads: the state of the sequences; writes: the sequences, forward only
-- versions: 10-19
-- privileges: USAGE on the sequences, or UPDATE and SELECT
SELECT u.sequence::pg_catalog.oid,
       COALESCE(l.last_value, u.last_value) AS last_value,
       l.last_value IS NOT NULL AS is_called,
       (SELECT pg_catalog.count(c.value)
        FROM (SELECT pg_catalog.nextval(u.sequence) AS value
              FROM (SELECT pg_catalog.generate_series(1, n.calls)) AS g) AS c) AS made
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.regclass[]), pg_catalog.unnest($2::pg_catalog.int8[]),
                pg_catalog.unnest($3::pg_catalog.int8[]), pg_catalog.unnest($4::numeric[]))
         AS u (sequence, last_value, increment, target)
    CROSS JOIN LATERAL pg_catalog.pg_sequence_last_value(u.sequence) AS l (last_value)
    CROSS JOIN LATERAL (
        -- The distance from the next value, in the sequence's direction. Whole numbers are divided exactly by div(),
        -- and numeric does not overflow.
        SELECT LEAST(1000000, GREATEST(0, pg_catalog.div(
            u.target - COALESCE(l.last_value::numeric + u.increment, u.last_value) + u.increment
                - pg_catalog.sign(u.increment::numeric),
            u.increment::numeric)))::pg_catalog.int8 AS calls) AS n
