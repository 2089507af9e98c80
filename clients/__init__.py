"""Clients generated from the schema, and tests that drive them. `make client` makes them; docs/clients.md explains."""
