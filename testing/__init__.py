"""Code that tests and benchmarks share. The modules here serve tests of every room; each folder says what it has."""
