"""A PostgreSQL server of this clone's own, from a Python package, started by whoever connects first.

A database backend, as Django's `ENGINE`: settings name it only when no other database is set.
"""
