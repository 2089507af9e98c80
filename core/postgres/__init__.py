"""Django's PostgreSQL backend, as the service's `ENGINE`: it reports a COMMIT whose response was lost."""
