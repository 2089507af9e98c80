"""Products of a group share its name and differ in their axes."""
