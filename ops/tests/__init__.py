"""The commands of operators do what they say, and refuse what would lose data."""
