"""Plants one fault at a time into the product, and says which tests find it: see `python -m testing.faults --help`.

A fault is a mistake that a programmer could make: `tables/*.toml` has one file for each subject. It is never written
into the working tree. The environment variable PLANTED_FAULT names it, and `site/sitecustomize.py` patches the module
or the template when a process loads it. A fault of the database is a statement, which `plugin.py` executes after the
tests' database is made.
"""
