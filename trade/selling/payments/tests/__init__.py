"""What is paid and given back is never more than what a sale was sold for, or than was paid."""
