-- Where a sequence stands, its OID tested, and the furthest row of its column: a part of set_together.sql.
-- reads: the state of the sequence, and a linked column through its index
-- versions: 10-19
-- privileges: SELECT on the sequence and the column
SELECT {place}, q.last_value, q.is_called, {furthest}::numeric FROM {name} AS q WHERE q.tableoid = {oid}
