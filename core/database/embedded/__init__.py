"""A database backend that starts a PostgreSQL server from a Python package, for settings that name no database."""
