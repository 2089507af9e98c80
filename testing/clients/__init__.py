"""Generate clients from the schema and test them (`make client`, docs/clients.md)."""
