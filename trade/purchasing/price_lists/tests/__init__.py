"""A price list changes costs and offers after it was accepted, and is undone."""
