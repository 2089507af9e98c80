"""Each changed field is in the history, by whom and when, and can be undone."""
