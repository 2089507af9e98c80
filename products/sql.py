"""SQL statements for the unfiltered list of products and for the search by code."""

# The unfiltered list: its number of rows, and a page of it. The columns are named as in the ORM's rows; the flags are
# those of ProductQuerySet.detailed().
COUNT_LIVE_PRODUCTS = """
SELECT count(*) FROM products_product WHERE owner_id = %(owner)s AND archived_at IS NULL
"""
PAGE_OF_LIVE_PRODUCTS = """
SELECT {product_columns}, supplier.name AS supplier__name, category.name AS category__name,
    product.quantity <= product.min_threshold AS is_low_stock,
    product.expiration_date IS NOT NULL AS has_expiry,
    coalesce(product.expiration_date <= %(today)s, false) AS is_expired
FROM products_product AS product
LEFT JOIN suppliers_supplier AS supplier
    ON supplier.owner_id = product.owner_id AND supplier.id = product.supplier_id
LEFT JOIN products_category AS category
    ON category.owner_id = product.owner_id AND category.id = product.category_id
WHERE product.owner_id = %(owner)s AND product.archived_at IS NULL
ORDER BY product.id LIMIT %(limit)s OFFSET %(offset)s
"""

# The live products of all accounts with this SKU or barcode. Looks up each account in the unique indexes, which begin
# with the owner: an index over all accounts would serve only the support desk.
FIND_BY_CODE = """
SELECT product.id FROM users_user AS owner CROSS JOIN LATERAL (
    SELECT id FROM products_product
    WHERE owner_id = owner.id AND archived_at IS NULL AND NOT sku = '' AND lower(sku) = lower(%(code)s) LIMIT 1
) AS product
UNION
SELECT product.id FROM users_user AS owner CROSS JOIN LATERAL (
    SELECT id FROM products_product
    WHERE owner_id = owner.id AND archived_at IS NULL AND NOT barcode = '' AND lower(barcode) = lower(%(code)s) LIMIT 1
) AS product
ORDER BY id LIMIT %(limit)s
"""
