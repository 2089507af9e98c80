"""Many products are edited at once, and the edit is undone whole."""
