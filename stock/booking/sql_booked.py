"""Statements on counts, and on what has changed since each of them."""

from stock.models.sql import FIRST_REASON, IS_UNDONE

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
