"""What is dangerous is logged as an event of security."""
