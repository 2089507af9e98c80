"""Makes mutants by rule, and says which tests find them: `python -m testing.mutants --help`."""
