-- Puts the rows back.
-- reads: a temporary table; writes: the table
-- versions: 10-19
-- privileges: INSERT on the table
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.reseq_rows_{place}
