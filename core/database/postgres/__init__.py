"""Django's PostgreSQL backend, changed to report a COMMIT whose response was lost. It is the service's `ENGINE`."""
