"""Plants one fault at a time into the product, and says which tests find it: `python -m testing.faults --help`."""
