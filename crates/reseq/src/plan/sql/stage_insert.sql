-- Inserts the rows of a temporary table into the table that they are for; those whose primary key is there already are
-- skipped, or update what is there. Of several rows with one key in the file the first one is inserted and the others
-- skipped, or the last one counts.
-- reads: the temporary table; writes: the table
-- versions: 10-19
-- privileges: INSERT on the columns, SELECT on the key; for updating, UPDATE on the columns
INSERT INTO {table} AS t ({columns}) OVERRIDING SYSTEM VALUE
SELECT {distinct} {columns} FROM pg_temp.{stage} AS s {order}
ON CONFLICT ({key}) DO {action}
