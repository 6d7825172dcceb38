-- One row where a table has rows.
-- reads: the table
-- versions: 10-19
-- privileges: SELECT on the table
SELECT pg_catalog.concat({literal}, {problem}) AS problem, {hint}::text AS hint
WHERE EXISTS (SELECT FROM ONLY {table})
