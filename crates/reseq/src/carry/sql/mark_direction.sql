-- Takes the locks by which others see which way a follower goes and since when, for as long as the session lives: two
-- advisory locks, whose first keys are the letters "resd" and "rest". A connection pooler, which has another server process
-- than the client believes to talk to, would keep them when the follower has long ended: there none is taken.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT CASE WHEN pg_catalog.pg_backend_pid() = $1::pg_catalog.int4
            THEN pg_catalog.pg_try_advisory_lock_shared(1919251300, $2::pg_catalog.int4)
                 AND pg_catalog.pg_try_advisory_lock_shared(1919251316, $3::pg_catalog.int4) END AS is_marked
