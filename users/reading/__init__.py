"""What is read about users and shops."""
