-- Moves a sequence past the rows of its columns, forward only. ALTER SEQUENCE stops everybody's nextval() until the end
-- of the transaction; only then is it looked where the sequence stands. A sequence that stands past them already is left
-- alone, unless other sessions may hold earlier values in advance (CACHE). Where the lock is not had soon, because others
-- draw in long transactions, or even wait for the rows of this one, the sequence is drawn forward, which waits for
-- nobody.
-- reads: the state of the sequence, the linked columns; writes: the sequence
-- versions: 10-19
-- privileges: ownership of the sequence, SELECT on it and on the columns; the language plpgsql
DO {tag}
DECLARE
furthest pg_catalog.numeric[] := ARRAY[{furthest}]::pg_catalog.numeric[];
BEGIN
IF {cache} = 1 AND NOT EXISTS (
SELECT FROM (SELECT {calls} AS calls FROM (SELECT {next} AS next FROM {state} OFFSET 0) AS at OFFSET 0) AS n WHERE n.calls > 0)
THEN RETURN; END IF;
PERFORM pg_catalog.set_config('lock_timeout', '20', true);
FOR attempt IN 1..8 LOOP
BEGIN
ALTER SEQUENCE {name} CACHE {cache};
PERFORM pg_catalog.setval({sequence}, (n.next + (n.calls - 1) * {increment})::pg_catalog.int8, true)
FROM (SELECT at.next, {calls} AS calls FROM (SELECT {next} AS next FROM {state} OFFSET 0) AS at OFFSET 0) AS n
WHERE n.calls > 0 AND {sign} * (n.next + n.calls * {increment}) <= {sign} * {ceiling}::pg_catalog.numeric;
RETURN;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN NULL;
END;
PERFORM pg_catalog.pg_sleep(0.02 * attempt);
END LOOP;
PERFORM pg_catalog.count(pg_catalog.nextval({sequence}))
FROM (SELECT pg_catalog.generate_series(1, n.calls::pg_catalog.int8)
FROM (SELECT at.next, {calls} AS calls FROM (SELECT {next} AS next FROM {state} OFFSET 0) AS at OFFSET 0) AS n
WHERE n.calls BETWEEN 1 AND {most} AND {sign} * (n.next + n.calls * {increment}) <= {sign} * {ceiling}::pg_catalog.numeric) AS c;
END {tag}
