"""Rates of VAT are kept, and a product has one of them."""
