"""Pages for people: lists as tables, details and reports, made of the data that the API returns as JSON."""
