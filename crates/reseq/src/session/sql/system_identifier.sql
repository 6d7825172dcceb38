-- What tells this server and its standbys from all others.
-- reads: the control file
-- versions: 10-19
-- privileges: none, unless EXECUTE on the function was taken from PUBLIC
SELECT c.system_identifier FROM pg_catalog.pg_control_system() c
