"""A PostgreSQL server for this clone, installed from a Python package and started by the first connection.

The package is a database backend (Django's `ENGINE`), which settings use only if no other database is set.
"""
