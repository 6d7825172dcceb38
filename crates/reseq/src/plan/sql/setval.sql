-- Sets a sequence forward, as far as it needs at this moment; leaves it alone (made is null) where it needs nothing or
-- where the next value would lie beyond the ceiling. OFFSET 0 keeps what the inner levels give from being computed again.
-- reads: the state of the sequence, and linked columns through their indexes; writes: the sequence, forward only
-- versions: 10-19
-- privileges: UPDATE on the sequence, and SELECT or USAGE; SELECT on the columns
SELECT {sequence}::pg_catalog.oid AS sequence,
       n.last_value,
       n.is_called,
       CASE WHEN {due} AND {sign} * (n.next + n.calls * {increment}) <= {sign} * {ceiling}::numeric
            THEN CASE WHEN pg_catalog.setval({sequence}, (n.next + {calls_to_value} * {increment})::bigint, {is_called})
                           IS NOT NULL
                      THEN n.calls END END AS made
FROM (SELECT at.last_value, at.is_called, at.next, {calls} AS calls
      FROM (SELECT s.last_value, s.is_called, {next} AS next FROM {state} OFFSET 0) AS at
      OFFSET 0) AS n
