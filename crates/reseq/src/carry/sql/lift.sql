-- Takes the setting away, where the database had none of its own.
-- versions: 10-19
-- privileges: the database's owner
ALTER DATABASE {database} RESET default_transaction_read_only
