"""Statements on what was booked before: counts and what has changed since each of them, sales and their returns."""

from stock.models.sql import BY_ID, EARLIER, FIRST_REASON, IS_UNDONE, MOVEMENTS_OF, OWNER
from stock.models.sql_sales import SOLD_FOR

# Keeps the lines of a count. A line without a time gets the time when the differences were booked, or now.
KEEP_COUNTS = """
INSERT INTO stock_stockcount (
    owner_id, product_id, location_id, lot_id, nowhere, counted, expected, outdated, counted_at, counted_by_id,
    operation_id, created_at
)
SELECT %(owner)s::bigint, product_id, location_id, lot_id, nowhere, counted, expected, outdated,
    coalesce(counted_at, clock.now), counted_by, %(operation)s::bigint, clock.now
FROM (SELECT coalesce(%(booked_at)s::timestamptz, clock_timestamp()) AS now) AS clock, unnest(
    %(products)s::bigint[], %(locations)s::bigint[], %(lots)s::bigint[], %(are_nowhere)s::boolean[],
    %(counted)s::bigint[], %(expected)s::bigint[], %(are_outdated)s::boolean[], %(instants)s::timestamptz[],
    %(counters)s::bigint[]
) WITH ORDINALITY AS line (
    product_id, location_id, lot_id, nowhere, counted, expected, outdated, counted_at, counted_by, number
)
ORDER BY number
"""

# Sets the time of the count of products whose quantity did not change: to the given time, to the time when the
# differences of other products were booked, or to now. An older count does not replace the time of a later one.
SET_COUNTED = """
UPDATE products_product
SET last_counted_at = greatest(products_product.last_counted_at, coalesce(counted.counted_at, clock.now)),
    updated_at = clock.now
FROM (SELECT coalesce(%(booked_at)s::timestamptz, clock_timestamp()) AS now) AS clock,
    unnest(%(products)s::bigint[], %(instants)s::timestamptz[]) AS counted (product_id, counted_at)
WHERE products_product.owner_id = %(owner)s::bigint AND products_product.id = counted.product_id
"""

# Sets the time of the last count of these locked products to that of the last count which is not undone, if the
# operation is a count or in a chain of reversals that began with one.
SET_LAST_COUNT = f"""
UPDATE products_product SET last_counted_at = (
    SELECT max(counted_at) FROM stock_stockcount AS kept
    WHERE kept.owner_id = %(owner)s::bigint AND kept.product_id = products_product.id
        AND NOT {IS_UNDONE.format(operation="kept.operation_id")}
)
WHERE owner_id = %(owner)s::bigint AND id = ANY(%(products)s::bigint[])
    AND {FIRST_REASON.format(operation="%(operation)s::bigint")} = 'count'
"""  # noqa: S608, constants


# Returns whether the sale is undone, beside each of its returns and whether that is undone. A sale without returns has
# one row.
RETURNS_OF_SALE = f"""
SELECT {IS_UNDONE.format(operation="%(sale)s::bigint")}, link.operation_id, link.scrapped_id,
    {IS_UNDONE.format(operation="link.operation_id")}
FROM (SELECT) AS one
LEFT JOIN (
    SELECT operation_id, scrapped_id FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND sale_id = %(sale)s::bigint OFFSET 0
) AS link ON true
ORDER BY link.operation_id
"""  # noqa: S608, constants
# Returns the sale of the return that the operation is, and the operation that wrote off its scrap if this stands.
RETURN = f"""
SELECT sale_id, CASE WHEN scrapped_id IS NOT NULL AND NOT {IS_UNDONE.format(operation="scrapped_id")}
    THEN scrapped_id END
FROM stock_return WHERE owner_id = %(owner)s::bigint AND operation_id = %(operation)s::bigint
"""  # noqa: S608, constants
# Returns the return whose scrap the operation has written off, if it is undone.
UNDONE_OF_SCRAP = f"""
SELECT operation_id FROM stock_return
WHERE owner_id = %(owner)s::bigint AND scrapped_id = %(operation)s::bigint
    AND {IS_UNDONE.format(operation="operation_id")}
"""  # noqa: S608, constants
# Returns the operation that began the chain of reversals whose last one is the operation, its reason, and how many
# reversals follow it in the chain.
FIRST = f"""
WITH RECURSIVE chain (id, reverses_id, reason, length) AS (
    ({BY_ID.format(columns="id, reverses_id, reason, 0", owner=OWNER, operation="%(operation)s::bigint")})
    UNION ALL
    SELECT earlier.id, earlier.reverses_id, earlier.reason, chain.length + 1 FROM chain CROSS JOIN LATERAL (
        {EARLIER}
    ) AS earlier
)
SELECT id, reason, length FROM chain WHERE reverses_id IS NULL
"""  # noqa: S608, constants
# Returns what each movement of these operations was sold for, and which movement it takes back, with what for.
WORTHS = f"""
SELECT movement.id, {SOLD_FOR}, link.source_id, link.total
FROM unnest(%(operations)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="asked.id")}
) AS movement
JOIN products_product AS product ON product.owner_id = {OWNER} AND product.id = movement.product_id
LEFT JOIN stock_returned AS link ON link.owner_id = {OWNER} AND link.movement_id = movement.id
"""  # noqa: S608, constants
INSERT_RETURNED = """
INSERT INTO stock_returned (owner_id, movement_id, source_id, total)
SELECT %(owner)s::bigint, * FROM unnest(%(movements)s::bigint[], %(sources)s::bigint[], %(worths)s::numeric[])
"""
INSERT = """
INSERT INTO stock_return (owner_id, sale_id, operation_id, scrapped_id)
VALUES (%(owner)s, %(sale)s, %(operation)s, %(scrapped)s)
"""
