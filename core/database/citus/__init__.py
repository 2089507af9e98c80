"""The database backend for Citus, which distributes the tables of later migrations. `DB_CITUS=on` selects it."""
