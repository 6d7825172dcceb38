-- Where the server keeps its data, and when that folder was changed last, in seconds since 1970: enough to tell whether a
-- folder of this machine is the same.
-- versions: 10-19
-- privileges: superuser
SELECT pg_catalog.current_setting('data_directory'),
    pg_catalog.date_part('epoch', (pg_catalog.pg_stat_file('.')).change)::int8,
    pg_catalog.current_setting('temp_tablespaces') = ''
        AND (SELECT d.dattablespace = 1663 FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
