-- Where a sequence stands, its OID tested: another one may have taken its name.
-- reads: the state of the sequence
-- versions: 10-19
-- privileges: SELECT on the sequence
(SELECT q.last_value, q.is_called FROM {name} AS q WHERE q.tableoid = {sequence}) AS s
