-- The map from old ids to new ones. A row without an id stays without.
-- reads: the numbered column, and those that give the order; writes: a temporary table
-- versions: 10-19
-- privileges: SELECT on the table, TEMPORARY on the database
CREATE TEMPORARY TABLE pg_temp.reseq_map ON COMMIT DROP AS
SELECT t.{column} AS reseq_old,
       {start}::bigint + (pg_catalog.row_number() OVER (ORDER BY {order}) - 1) * {increment}::bigint AS reseq_new
FROM {table} AS t
WHERE t.{column} IS NOT NULL
