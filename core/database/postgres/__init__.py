"""The `ENGINE` of the database: Django's PostgreSQL backend, but faster, and with an error for a lost COMMIT."""
