-- Makes a temporary table with some columns of a table, their types and domains, and none of its constraints.
-- reads: nothing; writes: a table of this transaction
-- versions: 10-19
-- privileges: TEMPORARY on the database, SELECT on the columns
CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA
