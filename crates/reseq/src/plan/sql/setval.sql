-- Sets a sequence forward, as far as it needs at this moment; leaves it alone where it needs nothing or where
-- the next value would lie beyond the ceiling.
-- reads: the state of the sequence; writes: the sequence, forward only
-- versions: 10-19
-- privileges: UPDATE on the sequence, and SELECT or USAGE
SELECT {sequence}::pg_catalog.oid AS sequence,
       n.last_value,
       n.is_called,
       n.calls,
       CASE WHEN n.calls > 0 AND {sign} * (n.next + n.calls * {increment}) <= {sign} * {ceiling}::numeric
            THEN CASE WHEN pg_catalog.setval({sequence},
                                             (n.next + (n.calls - 1) * {increment})::bigint, true) IS NOT NULL
                      THEN n.calls END
            ELSE 0 END AS made
FROM ({calls}
      OFFSET 0) AS n
