"""SQL of offers. `{owner}` is the account's id."""

# The offers of live suppliers: the preferred ones from the products' rows, and all others from their own rows.
# `lead_days` is null if it is that of the supplier. {of_products} and {of_offers} are conditions on `product` and
# `offer`, or empty.
OFFERS = """
SELECT product.id AS product_id, product.supplier_id, TRUE AS is_preferred, product.supplier_sku, product.pack_size,
    product.cost_price, coalesce(offer.min_packs, 1) AS min_packs, offer.lead_days, coalesce(offer.note, '') AS note
FROM products_product AS product
LEFT JOIN products_offer AS offer
    ON offer.owner_id = {owner} AND offer.product_id = product.id AND offer.supplier_id = product.supplier_id
WHERE product.owner_id = {owner} AND product.supplier_id IS NOT NULL {of_products}
UNION ALL
SELECT offer.product_id, offer.supplier_id, FALSE, offer.supplier_sku, offer.pack_size, offer.cost_price,
    offer.min_packs, offer.lead_days, offer.note
FROM products_offer AS offer
JOIN products_product AS product ON product.owner_id = {owner} AND product.id = offer.product_id
JOIN suppliers_supplier AS supplier ON supplier.owner_id = {owner} AND supplier.id = offer.supplier_id
WHERE offer.owner_id = {owner} AND supplier.archived_at IS NULL
    AND product.supplier_id IS DISTINCT FROM offer.supplier_id {of_offers}
"""
