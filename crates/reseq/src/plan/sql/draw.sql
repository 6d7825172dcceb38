-- Draws a sequence forward by nextval(), as often as it needs at this moment but no more than a million times at
-- once. The series is a SELECT list of its own, because it would be kept in memory or on disk in a FROM.
-- reads: the state of the sequence; writes: the sequence, forward only
-- versions: 10-19
-- privileges: USAGE or UPDATE on the sequence
SELECT {sequence}::pg_catalog.oid AS sequence,
       s.last_value,
       s.is_called,
       (SELECT pg_catalog.count(pg_catalog.nextval({sequence}))
        FROM (SELECT pg_catalog.generate_series(1, LEAST({calls}, {most})::bigint)) AS c) AS made
FROM {state}
