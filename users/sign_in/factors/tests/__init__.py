"""A second factor is asked for, proven once, and recovered."""
