-- Asks the planner what a batch of probes would cost, without running it.
-- versions: 10-19
-- privileges: as the probes
EXPLAIN (FORMAT JSON) {probes}
