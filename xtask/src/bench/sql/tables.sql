-- Makes :count tables with a bigserial key and 1 to 50 rows each, whose ids were given, not drawn.
-- versions: 10-19
-- privileges: CREATE in the schema public

SELECT pg_catalog.format(
           'CREATE TABLE public.t%1$s (id bigserial PRIMARY KEY, note text);
            INSERT INTO public.t%1$s (id) SELECT pg_catalog.generate_series(1, %2$s)',
           n, 1 + n * 37 % 50)
  FROM pg_catalog.generate_series(1, :count) AS n \gexec

VACUUM ANALYZE pg_catalog.pg_attrdef;
VACUUM ANALYZE pg_catalog.pg_attribute;
VACUUM ANALYZE pg_catalog.pg_class;
VACUUM ANALYZE pg_catalog.pg_constraint;
VACUUM ANALYZE pg_catalog.pg_depend;
VACUUM ANALYZE pg_catalog.pg_index;
VACUUM ANALYZE pg_catalog.pg_sequence;
VACUUM ANALYZE pg_catalog.pg_type;
