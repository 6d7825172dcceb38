-- The functions whose body mentions a word of the regular expression $1. $2 has no meaning before 14, which
-- brought SQL-standard bodies.
-- versions: 10-13
-- privileges: none
select p.oid, n.nspname, p.proname, p.oid::pg_catalog.regprocedure::text as signature,
    p.prosrc as body, p.proargnames, p.pronargs,
    (select pg_catalog.substr(setting, 13) from pg_catalog.unnest(p.proconfig) setting
        where setting like 'search\_path=%') as search_path
from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname not in ('internal', 'c')
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
where p.prosrc ~* $1 and $2::bool is not null
