"""A comparison shows what changed between two times, and explains it by operations."""
