-- Whether a transaction is open that keeps a snapshot from before and does nothing at the moment: of REPEATABLE READ,
-- SERIALIZABLE, or with a cursor. TRUNCATE would leave the tables empty in its eyes (manual, section 13.6).
-- reads: pg_stat_activity
-- versions: 10-19
-- privileges: pg_read_all_stats to see other roles' transactions
SELECT pg_catalog.concat('the transaction of process ', a.pid, ' (', a.usename, ', ', a.application_name, ', since ',
           pg_catalog.date_trunc('second', a.xact_start), ') keeps a snapshot, and would see the tables empty'),
       'wait until it ends, or use --method update or temp-table'::text
FROM pg_catalog.pg_stat_activity AS a
WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
    AND a.backend_xmin IS NOT NULL AND a.state LIKE 'idle in transaction%'
LIMIT 1
