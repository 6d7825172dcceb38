-- The settings of one transaction: time-outs in milliseconds, row security that fails instead of hiding rows,
-- a search path under which only schema-qualified names mean anything, and the form in which the server writes
-- names and literals.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.set_config('statement_timeout', $1, true),
       pg_catalog.set_config('lock_timeout', $2, true),
       pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('search_path', 'pg_catalog', true),
       pg_catalog.set_config('standard_conforming_strings', 'on', true),
       pg_catalog.set_config('quote_all_identifiers', 'off', true)
