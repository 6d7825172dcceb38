-- Takes the lock of those who fence this database until the end of the transaction, if nobody else has it: an advisory
-- lock whose two keys are the letters "rese" and "fenc". The transaction may be idle for as long as it likes.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.pg_try_advisory_xact_lock(1919251301, 1717923427) AS is_held,
       pg_catalog.pg_backend_pid() AS pid,
       pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true),
       CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 170000
            THEN pg_catalog.set_config('transaction_timeout', '0', true) END
