-- The server notes in its log who has come, and how. Both programs are told of by this one witness, which neither has
-- to ask. What is usual is left out.
-- versions: 17-
CREATE FUNCTION public.arrived() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE LOG 'arrived: %', (
        SELECT pg_catalog.concat_ws(' ',
                   session_user || '@' || pg_catalog.current_database(),
                   'as ' || NULLIF(current_user, session_user),
                   CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'on the standby' END,
                   CASE WHEN pg_catalog.inet_server_addr() IS NULL THEN 'by socket'
                        WHEN pg_catalog.family(pg_catalog.inet_server_addr()) = 6 THEN 'by IPv6' END,
                   tls.version,
                   CASE WHEN gss.encrypted THEN 'encrypted by GSSAPI' END,
                   'with certificate ' || tls.client_dn,
                   'by ' || pg_catalog.split_part(system_user, ':', 1),
                   'called ' || NULLIF(NULLIF(pg_catalog.current_setting('application_name'), 'psql'), 'reseq'),
                   NULLIF(pg_catalog.current_setting('TimeZone'), 'UTC'),
                   NULLIF(pg_catalog.current_setting('DateStyle'), 'ISO, MDY'),
                   'geqo ' || NULLIF(pg_catalog.current_setting('geqo'), 'on'))
          -- Not to be seen by a role that has become another one.
          FROM (SELECT pg_catalog.pg_backend_pid() AS pid) own
          LEFT JOIN pg_catalog.pg_stat_ssl tls ON tls.pid = own.pid AND tls.ssl
          LEFT JOIN pg_catalog.pg_stat_gssapi gss ON gss.pid = own.pid);
END $$;
CREATE EVENT TRIGGER arrived ON login EXECUTE FUNCTION public.arrived();
ALTER EVENT TRIGGER arrived ENABLE ALWAYS;
