"""What lies at places and in lots adds up to the stock."""
