-- Where a sequence stands. Waits for whoever is altering it.
-- reads: the state of the sequence
-- versions: 10-19
-- privileges: SELECT on the sequence
SELECT q.last_value, q.is_called FROM {name} AS q
