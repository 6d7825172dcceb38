-- The rows of a table with their new ids, aside.
-- reads: the table, the map; writes: a temporary table
-- versions: 10-19
-- privileges: SELECT on the table, TEMPORARY on the database
CREATE TEMPORARY TABLE pg_temp.reseq_rows_{place} ON COMMIT DROP AS
SELECT {values}
FROM {rows}{joins}{order}
