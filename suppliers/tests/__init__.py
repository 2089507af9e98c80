"""Suppliers are kept, filtered and archived within their account."""
