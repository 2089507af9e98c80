"""Labels have codes that scanners read."""
