"""Customers and suppliers written down twice are merged, and everything names the one that stays."""
