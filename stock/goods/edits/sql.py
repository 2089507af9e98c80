"""Statements of edits. Each changes all products of an edit at once."""

# Saves the fields of products, which the transaction has locked before it read them.
SAVE = """
UPDATE products_product AS product
SET price = given.price, category_id = given.category, supplier_id = given.supplier,
    min_threshold = given.min_threshold, kept_supplier_id = given.kept_supplier, supplier_sku = given.supplier_sku,
    pack_size = given.pack_size, cost_price = given.cost_price, updated_at = %(now)s::timestamptz
FROM unnest(
    %(ids)s::bigint[], %(prices)s::numeric[], %(categories)s::bigint[], %(suppliers)s::bigint[],
    %(thresholds)s::integer[], %(kept_suppliers)s::bigint[], %(supplier_skus)s::text[], %(pack_sizes)s::bigint[],
    %(cost_prices)s::numeric[]
) AS given (
    id, price, category, supplier, min_threshold, kept_supplier, supplier_sku, pack_size, cost_price
)
WHERE product.owner_id = %(owner)s::bigint AND product.id = given.id
"""
