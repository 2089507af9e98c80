"""Statements for labels."""

# Returns the products of an account that the lines of a request refer to. stock.booking.sql has the conditions.
FIND_PRODUCTS = """
SELECT id, owner_id, name, sku, barcode, price, archived_at FROM products_product
WHERE owner_id = %(owner)s::bigint AND ({condition})
"""
