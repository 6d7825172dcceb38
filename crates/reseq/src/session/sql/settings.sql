-- The settings of one transaction: time-outs in milliseconds, row security that fails instead of hiding rows,
-- and a search path under which only schema-qualified names mean anything.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.set_config('statement_timeout', $1, true),
       pg_catalog.set_config('lock_timeout', $2, true),
       pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('search_path', 'pg_catalog', true)
