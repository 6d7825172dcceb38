-- Draws a sequence forward by nextval(), as often as it needs at this moment but no more than a million times at
-- once. Several of them make one statement, with UNION ALL.
-- reads: the state of the sequence; writes: the sequence, forward only
-- versions: 10-19
-- privileges: USAGE or UPDATE on the sequence
SELECT {sequence}::pg_catalog.oid AS sequence,
       n.last_value,
       n.is_called,
       n.calls,
       (SELECT pg_catalog.count(pg_catalog.nextval({sequence}))
        FROM (SELECT pg_catalog.generate_series(1, LEAST(n.calls, {most})::bigint)) AS c)::numeric AS made
FROM ({calls}
      OFFSET 0) AS n
