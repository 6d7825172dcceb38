-- Gives a column its new values in place.
-- reads: a temporary table; writes: the table
-- versions: 10-19
-- privileges: SELECT and UPDATE on the table
UPDATE {rows} SET {column} = {to} FROM pg_temp.{map} AS m WHERE {value} = {from} AND ({condition})
