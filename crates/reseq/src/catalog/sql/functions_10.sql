-- The functions whose body mentions a word of the regular expression $1. $2 has no meaning before 14, which
-- brought SQL-standard bodies. What initdb made has OIDs below 16384, and is not searched.
-- versions: 10-13
-- privileges: none
SELECT p.oid, n.nspname, p.proname, p.oid::pg_catalog.regprocedure::text AS signature,
    p.prosrc AS body, p.proargnames,
    p.pronargs - p.pronargdefaults AS fewest_arguments,
    CASE WHEN p.provariadic = 0 THEN p.pronargs END AS most_arguments,
    (SELECT pg_catalog.substr(setting, 13) FROM pg_catalog.unnest(p.proconfig) setting
        WHERE setting LIKE 'search\_path=%') AS search_path
FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
WHERE p.oid >= 16384 AND p.prosrc ~* $1 AND $2::bool IS NOT NULL
