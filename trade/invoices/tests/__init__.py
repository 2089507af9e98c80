"""The files of invoices keep the published rules, and their PDF says what people need."""
