"""A key acts within its scope, expires, and is never shown again."""
