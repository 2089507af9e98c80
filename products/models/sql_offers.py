"""SQL of offers. `{owner}` is the account's id."""

from collections.abc import Iterable

from core.fields import MAX_QUANTITY

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

OWNER = "%(owner)s::bigint"
IS_LIVE = "AND product.archived_at IS NULL"
ORDER = "{offer}product_id{direction}, {offer}is_preferred {preferred}, {offer}supplier_id{direction}"
FORWARD = {"direction": "", "preferred": "DESC"}
BACKWARD = {"direction": " DESC", "preferred": "ASC"}
# Adds the names of the product and of the supplier to the offers that a statement returns, in their order.
WITH_NAMES = f"""
SELECT offer.*, product.name, product.sku, product.barcode, product.unit, product.decimals, supplier.name
FROM ({{offers}}) AS offer
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = offer.product_id
JOIN suppliers_supplier AS supplier ON supplier.owner_id = %(owner)s::bigint AND supplier.id = offer.supplier_id
ORDER BY {ORDER.format(offer="offer.", **FORWARD)}
"""
# The conditions of a list, each on `product` for preferred offers and on `offer` for others.
CONDITIONS = {
    "product": ("product.id = %(product)s::bigint", "offer.product_id = %(product)s::bigint"),
    "after": ("product.id > %(after)s::bigint", "offer.product_id > %(after)s::bigint"),
    "supplier": ("product.supplier_id = %(supplier)s::bigint", "offer.supplier_id = %(supplier)s::bigint"),
    "supplier_sku": tuple(
        f"NOT {row}.supplier_sku = '' AND lower({row}.supplier_sku) = lower(%(supplier_sku)s::text)"
        for row in ("product", "offer")
    ),
}
COUNT = """
SELECT (
    SELECT count(*) FROM products_product AS product
    WHERE product.owner_id = %(owner)s::bigint AND product.supplier_id IS NOT NULL {of_products}
) + (
    SELECT count(*) FROM products_offer AS offer
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = offer.product_id
    JOIN suppliers_supplier AS supplier ON supplier.owner_id = %(owner)s::bigint AND supplier.id = offer.supplier_id
    WHERE offer.owner_id = %(owner)s::bigint AND supplier.archived_at IS NULL
        AND product.supplier_id IS DISTINCT FROM offer.supplier_id {of_offers}
)
"""
# Each of the two parts is read by an index up to the end of the page, so that the first pages sort nothing else.
PAGE = """
(SELECT * FROM ({preferred}) AS first ORDER BY product_id{direction} LIMIT %(stop)s)
UNION ALL
(SELECT * FROM ({others}) AS further ORDER BY product_id{direction}, supplier_id{direction} LIMIT %(stop)s)
ORDER BY {order} OFFSET %(offset)s LIMIT %(stop)s - %(offset)s
"""


def select_offers(names: Iterable[str]) -> dict[str, str]:
    """Return the conditions of live products, and of these CONDITIONS, for OFFERS and COUNT."""
    pairs = [
        (IS_LIVE, IS_LIVE),
        *((f"AND {ours}", f"AND {theirs}") for ours, theirs in map(CONDITIONS.__getitem__, names)),
    ]
    of_products, of_offers = (" ".join(each) for each in zip(*pairs, strict=True))
    return {"of_products": of_products, "of_offers": of_offers}


def make_page(names: Iterable[str], *, backward: bool) -> str:
    """Return the statement with the offers of a page, and their names."""
    way = BACKWARD if backward else FORWARD
    preferred, others = OFFERS.format(owner=OWNER, **select_offers(names)).split("UNION ALL")
    page = PAGE.format(
        preferred=preferred, others=others, direction=way["direction"], order=ORDER.format(offer="", **way)
    )
    return WITH_NAMES.format(offers=page)


# Returns one offer of a live product, or nothing.
FIND = WITH_NAMES.format(offers=OFFERS.format(owner=OWNER, **select_offers(["product", "supplier"])))

# Returns the rows of these products in the table of offers. For each product, it also returns, with a pack size of
# NULL, the supplier that it has or the archived one that it had, and the one of `suppliers` at its place.
ROWS = """
SELECT offer.product_id, offer.supplier_id, supplier.name, offer.supplier_sku, offer.pack_size, offer.cost_price,
    offer.min_packs, offer.lead_days, offer.note
FROM products_offer AS offer
JOIN suppliers_supplier AS supplier ON supplier.owner_id = %(owner)s::bigint AND supplier.id = offer.supplier_id
WHERE offer.owner_id = %(owner)s::bigint AND offer.product_id = ANY(%(products)s::bigint[])
UNION ALL
SELECT product.id, supplier.id, supplier.name, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest(%(products)s::bigint[], %(suppliers)s::bigint[]) AS given (product_id, supplier_id)
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = given.product_id
JOIN suppliers_supplier AS supplier ON supplier.owner_id = %(owner)s::bigint
    AND supplier.id IN (given.supplier_id, coalesce(product.supplier_id, product.kept_supplier_id))
"""

DELETE = """
DELETE FROM products_offer AS offer
USING unnest(%(products)s::bigint[], %(suppliers)s::bigint[]) AS gone (product_id, supplier_id)
WHERE offer.owner_id = %(owner)s::bigint AND offer.product_id = gone.product_id AND offer.supplier_id = gone.supplier_id
"""
WRITE = """
INSERT INTO products_offer (
    owner_id, product_id, supplier_id, supplier_sku, pack_size, cost_price, min_packs, lead_days, note, created_at,
    updated_at
)
SELECT %(owner)s::bigint, given.*, statement_timestamp(), statement_timestamp()
FROM unnest(
    %(products)s::bigint[], %(suppliers)s::bigint[], %(supplier_sku)s::text[], %(pack_size)s::bigint[],
    %(cost_price)s::numeric[], %(min_packs)s::bigint[], %(lead_days)s::smallint[], %(note)s::text[]
) AS given
ON CONFLICT (owner_id, product_id, supplier_id) DO UPDATE
SET supplier_sku = excluded.supplier_sku, pack_size = excluded.pack_size, cost_price = excluded.cost_price,
    min_packs = excluded.min_packs, lead_days = excluded.lead_days, note = excluded.note,
    updated_at = excluded.updated_at
"""
# Keeps the amounts of packs for a product that gets other decimals, but not the default of its preferred offer.
RESCALE = f"""
UPDATE products_offer AS offer
SET pack_size = least(ceil(offer.pack_size * power(10::numeric, %(digits)s)), {MAX_QUANTITY})
FROM products_product AS product
WHERE product.owner_id = %(owner)s::bigint AND product.id = %(product)s AND offer.owner_id = %(owner)s::bigint
    AND offer.product_id = product.id
    AND offer.supplier_id IS DISTINCT FROM coalesce(product.supplier_id, product.kept_supplier_id)
"""
# Writes the columns that the preferred offers of products have there.
SAVE_PREFERRED = """
UPDATE products_product AS product
SET supplier_sku = given.supplier_sku, pack_size = given.pack_size, cost_price = given.cost_price,
    updated_at = statement_timestamp()
FROM unnest(%(ids)s::bigint[], %(supplier_sku)s::text[], %(pack_size)s::bigint[], %(cost_price)s::numeric[])
    AS given (id, supplier_sku, pack_size, cost_price)
WHERE product.owner_id = %(owner)s::bigint AND product.id = given.id
"""
# Returns the offers of these suppliers, archived ones left out, that have these numbers, which are in small letters.
NAMED = """
SELECT product.supplier_id, lower(product.supplier_sku), product.id FROM products_product AS product
WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL
    AND product.supplier_id = ANY(%(suppliers)s::bigint[]) AND lower(product.supplier_sku) = ANY(%(numbers)s::text[])
UNION
SELECT offer.supplier_id, lower(offer.supplier_sku), offer.product_id FROM products_offer AS offer
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = offer.product_id
WHERE offer.owner_id = %(owner)s::bigint AND product.archived_at IS NULL
    AND product.supplier_id IS DISTINCT FROM offer.supplier_id
    AND offer.supplier_id = ANY(%(suppliers)s::bigint[]) AND lower(offer.supplier_sku) = ANY(%(numbers)s::text[])
ORDER BY 3
"""

# --- Merging a supplier into another one ------------------------------------------------------------------

# Returns the products that the supplier `former` offers, or offered before it was archived, and whether `into` does so.
OFFERED = """
SELECT product.id, coalesce(product.supplier_id, product.kept_supplier_id) = %(into)s::bigint OR EXISTS (
    SELECT FROM products_offer AS offer
    WHERE offer.owner_id = %(owner)s::bigint AND offer.product_id = product.id AND offer.supplier_id = %(into)s::bigint
)
FROM products_product AS product
WHERE product.owner_id = %(owner)s::bigint AND product.id IN (
    SELECT id FROM products_product WHERE owner_id = %(owner)s::bigint
        AND coalesce(supplier_id, kept_supplier_id) = %(former)s::bigint
    UNION ALL
    SELECT product_id FROM products_offer WHERE owner_id = %(owner)s::bigint AND supplier_id = %(former)s::bigint
)
"""
LOCKED = "ORDER BY product.id FOR NO KEY UPDATE"
# Returns what the history records of the rows that both suppliers have in the table of offers, by product.
DESCRIBE = """
SELECT offer.product_id, jsonb_agg(jsonb_build_object(
    'id', supplier.id, 'name', supplier.name, 'supplier_sku', offer.supplier_sku, 'pack_size', offer.pack_size,
    'cost_price', offer.cost_price::text, 'min_packs', offer.min_packs, 'lead_days', offer.lead_days, 'note', offer.note
) ORDER BY supplier.id)
FROM products_offer AS offer
JOIN suppliers_supplier AS supplier ON supplier.owner_id = %(owner)s::bigint AND supplier.id = offer.supplier_id
WHERE offer.owner_id = %(owner)s::bigint AND offer.product_id = ANY(%(products)s::bigint[])
    AND offer.supplier_id IN (%(former)s::bigint, %(into)s::bigint)
GROUP BY 1
"""
# Returns the products whose cost would become that of another supplier if `former` were merged into it, and both costs.
# Without `into`, these are all other suppliers.
COSTS_IF_MERGED = """
SELECT product.id, product.name, supplier.name, product.cost_price, offer.cost_price
FROM products_product AS product
JOIN products_offer AS offer ON offer.owner_id = %(owner)s::bigint AND offer.product_id = product.id
JOIN suppliers_supplier AS supplier ON supplier.owner_id = %(owner)s::bigint AND supplier.id = offer.supplier_id
WHERE product.owner_id = %(owner)s::bigint
    AND coalesce(product.supplier_id, product.kept_supplier_id) = %(former)s::bigint
    AND supplier.archived_at IS NULL AND NOT supplier.id = %(former)s::bigint
    AND supplier.id = coalesce(%(into)s::bigint, supplier.id)
    AND product.cost_price IS DISTINCT FROM offer.cost_price
ORDER BY product.id, supplier.id LIMIT %(limit)s
"""
IS_TAKEN = """
WHERE product.owner_id = %(owner)s::bigint AND product.id = ANY(%(products)s::bigint[])
    AND coalesce(product.supplier_id, product.kept_supplier_id) = %(former)s::bigint
    AND offer.owner_id = %(owner)s::bigint AND offer.product_id = product.id AND offer.supplier_id = %(into)s::bigint
"""
# Both suppliers offer these products. Those whose preferred offer is that of `former` get the terms of `into`, which
# are then removed from its row, and the row if nothing else is in it. All rows of `former` are deleted.
MERGE = (
    f"""
    UPDATE products_product AS product
    SET supplier_sku = offer.supplier_sku, pack_size = offer.pack_size, cost_price = offer.cost_price,
        updated_at = statement_timestamp()
    FROM products_offer AS offer {IS_TAKEN}
    """,
    f"""
    UPDATE products_offer AS offer
    SET supplier_sku = '', pack_size = 1, cost_price = NULL, updated_at = statement_timestamp()
    FROM products_product AS product {IS_TAKEN}
    """,
    f"""
    DELETE FROM products_offer AS offer USING products_product AS product {IS_TAKEN}
        AND offer.min_packs = 1 AND offer.lead_days IS NULL AND offer.note = ''
    """,
    """
    DELETE FROM products_offer AS offer
    WHERE offer.owner_id = %(owner)s::bigint AND offer.product_id = ANY(%(products)s::bigint[])
        AND offer.supplier_id = %(former)s::bigint
    """,
)
