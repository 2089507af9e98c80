"""Statements written by hand."""

from products.attributes.sql import PICTURE
from products.codes.sql import CODES
from trade.reservations.sql import RESERVED_LINES

# Adds a number to the booked ones of a till. The caller has locked the till's row.
ADD_BOOKED = """
UPDATE tills_till SET booked = booked + int4multirange(int4range(%(number)s, %(number)s, '[]')),
    last_number = greatest(last_number, %(number)s)
WHERE owner_id = %(owner)s::bigint AND id = %(till)s::bigint
"""

# Adds the rest of a block to the unproven numbers of a till. The caller has locked the till's row.
ADD_UNPROVEN = """
UPDATE tills_till SET unproven = unproven + int4multirange(int4range(last_number + 1, %(end)s + 1)),
    last_number = %(last)s
WHERE owner_id = %(owner)s::bigint AND id = %(till)s::bigint
"""

# Returns three lists of ranges for each till: the numbers that were given up, those that are neither booked nor given
# up, and those among them of which nobody knows whether a device has given them.
GAPS = """
SELECT till.id, till.name, till.last_number, dropped.numbers,
    int4multirange(int4range(1, till.last_number + 1)) - till.booked - dropped.numbers - till.unproven AS missing,
    till.unproven - till.booked - dropped.numbers AS unproven
FROM tills_till AS till
CROSS JOIN LATERAL (
    SELECT coalesce(range_agg(int4range(number, number, '[]')), '{}') AS numbers FROM tills_drop AS dropped
    WHERE dropped.owner_id = %(owner)s::bigint AND dropped.till_id = till.id
) AS dropped
WHERE till.owner_id = %(owner)s::bigint AND till.id = ANY(%(tills)s::bigint[])
ORDER BY till.id
"""

# Returns the live products after an id, with what a till needs of them.
CATALOGUE = """
SELECT product.id, product.name, product.sku, product.barcode, {codes} AS codes, product.unit, product.decimals,
    product.price::text, product.tax_id,
    CASE WHEN product.keeps_stock THEN product.quantity - coalesce(reserved.quantity, 0) END AS available,
    product.updated_at,
    {picture} AS picture
FROM (
    SELECT * FROM products_product
    WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL AND id > %(after)s::bigint
    ORDER BY id LIMIT %(limit)s
) AS product
LEFT JOIN (
    SELECT line.product_id, sum(line.quantity)::bigint AS quantity FROM {reserved}
    GROUP BY line.product_id
) AS reserved ON reserved.product_id = product.id
LEFT JOIN products_profile AS profile
    ON profile.owner_id = %(owner)s::bigint AND profile.product_id = product.id AND product.has_profile
ORDER BY product.id
""".format(  # noqa: S608, constants
    codes=CODES.format(product="product", owner="%(owner)s::bigint"),
    picture=PICTURE,
    reserved=RESERVED_LINES.format(owner="%(owner)s::bigint"),
)

# Returns the live kits after an id. A kit without a price costs what its parts do.
KITS = """
SELECT kit.id, kit.name, kit.sku, kit.barcode, kit.price::text, kit.updated_at, (
    SELECT json_agg(json_build_object('product', part.product_id, 'quantity', part.quantity) ORDER BY part.id)
    FROM kits_kitpart AS part
    WHERE part.owner_id = %(owner)s::bigint AND part.kit_id = kit.id
)
FROM kits_kit AS kit
WHERE kit.owner_id = %(owner)s::bigint AND kit.archived_at IS NULL AND kit.id > %(after)s::bigint
ORDER BY kit.id LIMIT %(limit)s
"""
