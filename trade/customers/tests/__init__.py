"""Customers are kept, erased and found."""
