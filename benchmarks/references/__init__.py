"""References for the product: servers that do the same work and nothing else. Each is as small as is fair."""
