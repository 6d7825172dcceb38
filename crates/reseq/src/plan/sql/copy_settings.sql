-- The form of values in a COPY that any server reads back as they were: that of pg_dump.
-- reads: nothing
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.set_config('datestyle', 'ISO, YMD', true), pg_catalog.set_config('intervalstyle', 'postgres', true),
       pg_catalog.set_config('extra_float_digits', '3', true), pg_catalog.set_config('bytea_output', 'hex', true)
