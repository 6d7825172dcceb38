-- Whether the tables are still what the plan knows: a column that came in since would be lost.
-- reads: the catalogue
-- versions: 10-19
-- privileges: none
SELECT 'the tables, or what refers to them, were altered since they were looked at'::text, 'run the command again'::text
WHERE ({shape}) IS DISTINCT FROM {known}
