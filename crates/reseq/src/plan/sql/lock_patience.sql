-- From here on nothing is waited for longer than a fifth of the server's usual deadlock_timeout: whoever waits in turn for
-- the table that is locked already is free again before the server looks for a deadlock, and never falls victim to one.
-- reads: pg_settings
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.set_config('lock_timeout', LEAST(NULLIF(s.setting::bigint, 0), 200)::text, true)
FROM pg_catalog.pg_settings AS s WHERE s.name = 'lock_timeout'
