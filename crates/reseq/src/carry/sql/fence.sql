-- Makes the transactions of sessions that begin from now on read-only, unless they ask for another mode.
-- versions: 10-19
-- privileges: the database's owner
ALTER DATABASE {database} SET default_transaction_read_only = 'on'
