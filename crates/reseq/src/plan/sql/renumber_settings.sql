-- Settings for the rest of the transaction: sorting, hashing and building indexes may take 64 MB each (manual, section
-- 14.4.3); indexes are made again in the database's own tablespace, where they were.
-- reads: pg_settings
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.set_config('default_tablespace', '', true),
       (SELECT pg_catalog.count(pg_catalog.set_config(s.name, GREATEST(s.setting::bigint, 65536)::text || 'kB', true))
        FROM pg_catalog.pg_settings AS s WHERE s.name IN ('work_mem', 'maintenance_work_mem'))
