-- Sets sequences forward that ALTER SEQUENCE has locked before, each as setval.sql does one. Those that cycle are left
-- to that, and those of several columns. OFFSET 0 keeps what the inner levels give from being computed again.
-- $1 the sequences, in the order of their places; $2 increment, $3 the next value that is wanted and $4 the last one that
-- is allowed of each, both of which lie past its end where it is to be used up; $5 and $6 factor and
-- offset of its column, $7 how many values lie from its furthest row to the next value that is wanted, $8 whether it is
-- left as one that nobody has called
-- reads: the state of the sequences, and linked columns through their indexes; writes: the sequences, forward only
-- versions: 10-19
-- privileges: UPDATE and SELECT on the sequences; SELECT on the columns
SELECT n.sequence::pg_catalog.oid,
       n.last_value,
       n.is_called,
       CASE WHEN (n.calls > 0 OR n.uncalled AND n.is_called)
                 AND n.sign * (n.next + n.calls * n.increment) <= n.sign * n.ceiling
            THEN CASE WHEN pg_catalog.setval(
                               n.sequence,
                               (n.next + (n.calls - CASE WHEN n.uncalled THEN 0 ELSE 1 END) * n.increment)::bigint,
                               NOT n.uncalled)
                           IS NOT NULL
                      THEN n.calls END END AS made
FROM (SELECT at.*,
             pg_catalog.div(
                 GREATEST(
                     0,
                     at.sign * (at.target - at.next) + pg_catalog.abs(at.increment) - 1,
                     CASE WHEN at.sign * (at.value - at.target) <= pg_catalog.abs(at.increment) * {far}
                          THEN at.sign * (at.value - at.next) + at.beyond END),
                 pg_catalog.abs(at.increment)) AS calls
      FROM (SELECT u.*,
                   s.last_value,
                   s.is_called,
                   pg_catalog.sign(u.increment) AS sign,
                   u.factor * (s.furthest - u.row_offset) AS value,
                   CASE WHEN s.is_called THEN s.last_value + u.increment ELSE s.last_value END AS next
            FROM ({states}) AS s (place, last_value, is_called, furthest)
                JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.regclass[]), pg_catalog.unnest($2::numeric[]),
                                pg_catalog.unnest($3::numeric[]), pg_catalog.unnest($4::numeric[]),
                                pg_catalog.unnest($5::numeric[]), pg_catalog.unnest($6::numeric[]),
                                pg_catalog.unnest($7::numeric[]), pg_catalog.unnest($8::boolean[]))
                         WITH ORDINALITY
                         AS u (sequence, increment, target, ceiling, factor, row_offset, beyond, uncalled, place)
                    ON u.place = s.place
            OFFSET 0) AS at
      OFFSET 0) AS n
