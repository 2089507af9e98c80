"""The database backend on Citus: it distributes the tables of later migrations. Settings: `DB_CITUS=on`."""
