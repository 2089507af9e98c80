"""What contributors start with `make` or `python -m`, and what only these programs use."""
