"""Own fields are defined, filled and read from files."""
