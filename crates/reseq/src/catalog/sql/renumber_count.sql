-- How many ids a table has, those of its partitions and of the tables that inherit from it included.
-- versions: 10-19
-- privileges: SELECT on the column
SELECT pg_catalog.count(t.{column}) FROM {table} AS t
