"""A repeated key has one effect and one answer."""
