-- Puts the database's own setting back.
-- versions: 10-19
-- privileges: the database's owner
ALTER DATABASE {database} SET default_transaction_read_only = {value}
