"""Statements of edits. Each changes all products of an edit at once."""

# Saves the fields of products, which the transaction has locked before it read them.
SAVE = """
UPDATE products_product AS product
SET price = given.price, category_id = given.category, supplier_id = given.supplier,
    min_threshold = given.min_threshold, updated_at = %(now)s::timestamptz
FROM unnest(
    %(ids)s::bigint[], %(prices)s::numeric[], %(categories)s::bigint[], %(suppliers)s::bigint[],
    %(thresholds)s::integer[]
) AS given (id, price, category, supplier, min_threshold)
WHERE product.owner_id = %(owner)s::bigint AND product.id = given.id
"""
