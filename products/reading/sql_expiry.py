"""The expired and expiring stock of products. Every list, sum, file and mail uses these definitions.

A lot expires on its date. Stock that is in no lot with a date expires on the product's own date. For a product without
holdings (`held` is 0), no lots are searched: the fragments that begin with OWN apply. Lots and holdings are tables of
the apps above.

`{product}` is the products' table or its alias, `{owner}` the account's id. %(today)s is the date in the shop's zone.
"""

# This condition is for a product without holdings. Such a product has expired even if it is sold out.
OWN_HAS_EXPIRY = "({product}.expiration_date IS NOT NULL)"
OWN_IS_EXPIRED = "coalesce({product}.expiration_date <= %(today)s::date, false)"
OWN_EXPIRED_QUANTITY = f"(CASE WHEN {OWN_IS_EXPIRED} THEN {{product}}.quantity ELSE 0 END)"

# The lots of a product that have a date, with their holdings.
DATED_LOTS = """stock_holding AS holding
    JOIN stock_lot AS lot ON lot.owner_id = {owner} AND lot.id = holding.lot_id
    WHERE holding.owner_id = {owner} AND holding.product_id = {product}.id AND lot.expires_on IS NOT NULL"""

# The quantity of a product that is in no lot with a date, to which the product's own date applies.
UNDATED_QUANTITY = f"""CASE WHEN {{product}}.held > 0
THEN {{product}}.quantity - (SELECT coalesce(sum(holding.quantity), 0)::bigint FROM {DATED_LOTS})
ELSE {{product}}.quantity END"""  # noqa: S608, constants

# The expired quantity of a product.
EXPIRED_QUANTITY = f"""CASE WHEN {{product}}.held > 0 THEN (
    SELECT coalesce(sum(holding.quantity) FILTER (WHERE lot.expires_on <= %(today)s::date), 0)::bigint
    FROM {DATED_LOTS}
) + CASE WHEN {OWN_IS_EXPIRED} THEN {UNDATED_QUANTITY} ELSE 0 END
ELSE {OWN_EXPIRED_QUANTITY} END"""  # noqa: S608, constants

# True if some of a product's stock has expired.
IS_EXPIRED = f"CASE WHEN {{product}}.held > 0 THEN ({EXPIRED_QUANTITY}) > 0 ELSE {OWN_IS_EXPIRED} END"

# True if a product has a date, or one of its lots in stock has one.
HAS_EXPIRY = f"""({OWN_HAS_EXPIRY} OR CASE WHEN {{product}}.held > 0
THEN EXISTS (SELECT FROM {DATED_LOTS}) ELSE false END)"""

# The earliest of a product's own date and the dates of its lots in stock. It orders expired products.
EARLIEST_DATE = f"""CASE WHEN {{product}}.held > 0
THEN least({{product}}.expiration_date, (SELECT min(lot.expires_on) FROM {DATED_LOTS}))
ELSE {{product}}.expiration_date END"""  # noqa: S608, constants

# The products of an account that have an expired lot in stock.
WITH_EXPIRED_LOTS = """SELECT holding.product_id FROM stock_lot AS lot
    JOIN stock_holding AS holding ON holding.owner_id = {owner} AND holding.lot_id = lot.id
    WHERE lot.owner_id = {owner} AND lot.expires_on <= %(today)s::date"""

# All expired products of an account meet this condition, and the indexes of both dates find it.
MAY_HAVE_EXPIRED = (
    f"({{product}}.expiration_date <= %(today)s::date OR {{product}}.id = ANY(ARRAY({WITH_EXPIRED_LOTS})))"
)
# IS_EXPIRED for the products of a whole account.
EXPIRED = f"({MAY_HAVE_EXPIRED} AND {IS_EXPIRED})"

# True if some of a product expires from %(first)s on and before %(end)s. For a product without lots this includes a
# product that is sold out.
EXPIRES_BETWEEN = f"""(
    {{product}}.expiration_date >= %(first)s::date AND {{product}}.expiration_date < %(end)s::date
    AND CASE WHEN {{product}}.held > 0 THEN ({UNDATED_QUANTITY}) > 0 ELSE true END
    OR {{product}}.id = ANY(ARRAY(
        SELECT holding.product_id FROM stock_lot AS lot
        JOIN stock_holding AS holding ON holding.owner_id = {{owner}} AND holding.lot_id = lot.id
        WHERE lot.owner_id = {{owner}} AND lot.expires_on >= %(first)s::date AND lot.expires_on < %(end)s::date
    ))
)"""  # noqa: S608, constants

# The fragments for statements that name the products' table `product`.
FRAGMENTS = {
    name: fragment.format(product="product", owner="%(owner)s::bigint")
    for name, fragment in {
        "own_has_expiry": OWN_HAS_EXPIRY, "own_is_expired": OWN_IS_EXPIRED,
        "own_expired_quantity": OWN_EXPIRED_QUANTITY, "has_expiry": HAS_EXPIRY, "is_expired": IS_EXPIRED,
        "expired_quantity": EXPIRED_QUANTITY, "may_have_expired": MAY_HAVE_EXPIRED,
        "undated_quantity": UNDATED_QUANTITY,
    }.items()
}  # fmt: skip

# The stock of an account that expires from %(first)s to %(last)s: lots, and products by their own date with the
# quantity that is in no lot with a date.
EXPIRING = """(
    SELECT product.id, product.name, product.sku, '' AS lot_code, product.expiration_date AS expires_on,
        {undated_quantity} AS quantity
    FROM products_product AS product
    WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL AND product.quantity > 0
        AND product.expiration_date BETWEEN %(first)s::date AND %(last)s::date
    UNION ALL
    SELECT product.id, product.name, product.sku, lot.code, lot.expires_on, sum(holding.quantity)::bigint
    FROM stock_lot AS lot
    JOIN stock_holding AS holding ON holding.owner_id = %(owner)s::bigint AND holding.lot_id = lot.id
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = lot.product_id
    WHERE lot.owner_id = %(owner)s::bigint AND product.archived_at IS NULL
        AND lot.expires_on BETWEEN %(first)s::date AND %(last)s::date
    GROUP BY product.id, product.name, product.sku, lot.code, lot.expires_on
)""".format(**FRAGMENTS)  # noqa: S608, constants

# Return these rows, the earliest first, and the same rows summed by product. `found` is the number of all rows.
EXPIRING_LOTS = f"""
SELECT id, name, sku, lot_code, expires_on, quantity, count(*) OVER () AS found FROM {EXPIRING} AS expiring
WHERE quantity > 0
ORDER BY expires_on, id, lot_code LIMIT %(limit)s
"""  # noqa: S608, constants
EXPIRING_PRODUCTS = f"""
SELECT id, name, sku, '' AS lot_code, min(expires_on) AS expires_on, sum(quantity)::bigint AS quantity,
    count(*) OVER () AS found
FROM {EXPIRING} AS expiring
WHERE quantity > 0
GROUP BY id, name, sku
ORDER BY min(expires_on), id LIMIT %(limit)s
"""  # noqa: S608, constants
