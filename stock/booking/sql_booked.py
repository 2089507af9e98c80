"""Statements on what was booked before: counts and what has changed since each of them, sales and their returns."""

from stock.models.sql import BY_ID, EARLIER, FIRST_REASON, IS_UNDONE, MOVEMENTS_OF, OWNER
from stock.models.sql_sales import SOLD_FOR

# Whether the line `bound` is a count of what is not held.
IS_NOWHERE = "(bound.is_placed AND bound.location_id IS NULL AND bound.lot_id IS NULL)"
# Whether a kept count and the line `bound` may have counted the same goods.
OVERLAPS = f"""kept.owner_id = %(owner)s::bigint AND kept.product_id = bound.product_id
    AND (kept.location_id = bound.location_id OR kept.location_id IS NULL OR bound.location_id IS NULL)
    AND (kept.lot_id = bound.lot_id OR kept.lot_id IS NULL OR bound.lot_id IS NULL)
    AND NOT (kept.nowhere AND coalesce(bound.location_id, bound.lot_id) IS NOT NULL)
    AND NOT ({IS_NOWHERE} AND coalesce(kept.location_id, kept.lot_id) IS NOT NULL)"""
# Whether an operation with this movement has happened after the count `bound`. A count has happened when these goods
# were counted: an operation has one time for all of its lines. A count that is undone has never happened, nor has its
# reversal: nothing has moved.
HAPPENED_SINCE = f"""CASE operation.reason
    WHEN 'count' THEN bound.counted_at < coalesce((
        SELECT max(kept.counted_at) FROM stock_stockcount AS kept
        WHERE {OVERLAPS} AND kept.operation_id = operation.id
    ), operation.occurred_at) AND NOT {IS_UNDONE.format(operation="operation.id")}
    WHEN 'reversal' THEN bound.counted_at < operation.occurred_at
        AND {FIRST_REASON.format(operation="operation.id")} <> 'count'
    ELSE bound.counted_at < operation.occurred_at
END"""  # noqa: S608, constants
# Whether a kept count has counted all goods of the line `bound`, and still holds. A count of a part of them does not.
COVERS = f"""kept.owner_id = %(owner)s::bigint AND kept.product_id = bound.product_id AND NOT kept.outdated
    AND (kept.location_id IS NULL OR kept.location_id = bound.location_id)
    AND (kept.lot_id IS NULL OR kept.lot_id = bound.lot_id)
    AND (NOT kept.nowhere OR {IS_NOWHERE})
    AND NOT {IS_UNDONE.format(operation="kept.operation_id")}"""
# How a movement has changed the goods of the line `bound`.
CHANGE = f"""CASE
    WHEN NOT bound.is_placed THEN movement.change
    ELSE sign(movement.change) * abs(CASE WHEN {IS_NOWHERE} THEN abs(movement.change) ELSE 0 END - coalesce((
        SELECT sum(quantity) FROM stock_portion
        WHERE owner_id = %(owner)s::bigint AND movement_id = movement.id
        AND (bound.location_id IS NULL OR location_id = bound.location_id)
        AND (bound.lot_id IS NULL OR lot_id = bound.lot_id)
    ), 0))
END"""  # noqa: S608, constants
# Whether a later count of all goods of the line `bound` has been booked and holds. Releases before 1.1.0
# have kept only the time of a product's last count.
IS_OUTDATED = f"""CASE
    WHEN EXISTS (
        SELECT FROM stock_stockcount AS kept
        WHERE kept.owner_id = %(owner)s::bigint AND kept.product_id = bound.product_id AND NOT kept.outdated
    ) THEN EXISTS (
        SELECT FROM stock_stockcount AS kept WHERE {COVERS} AND kept.counted_at > bound.counted_at
    )
    ELSE coalesce(bound.counted_at < bound.last_counted_at, false)
END"""  # noqa: S608, constants

# Returns for each line of a count the sum of what has happened after it, the part of this sum that later counts have
# booked, and whether a later count of all of these goods holds. The statement runs while the products are locked. A
# binary search finds the first movement that was recorded after the count: within a product, the time of recording
# never decreases, and nothing is recorded before it happened. Only the movements from there on are read, and those of a
# lot alone for a line with a lot, because a count can have many lots of a product. OFFSET 0 is an optimization fence:
# without it, the planner may read all operations of the account to join them. The part of a movement that is in no
# portion has changed what is not held.
CHANGES_SINCE = f"""
WITH RECURSIVE counted AS (
    SELECT * FROM unnest(
        %(lines)s::bigint[], %(products)s::bigint[], %(instants)s::timestamptz[], %(are_placed)s::boolean[],
        %(locations)s::bigint[], %(lots)s::bigint[]
    ) AS counted (line, product_id, counted_at, is_placed, location_id, lot_id)
), bound AS (
    SELECT counted.*, product.last_counted_at, 0::bigint AS low, product.stock_sequence AS high
    FROM counted
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = counted.product_id
    UNION ALL
    SELECT
        line, product_id, counted_at, is_placed, location_id, lot_id, last_counted_at,
        CASE WHEN is_recorded THEN middle ELSE low END, CASE WHEN is_recorded THEN high ELSE middle - 1 END
    FROM (SELECT *, (low + high + 1) / 2 AS middle FROM bound WHERE low < high) AS half
    LEFT JOIN LATERAL (
        SELECT (
            {BY_ID.format(columns="created_at <= counted_at", owner=OWNER, operation="movement.operation_id")}
        ) AS is_recorded
        FROM stock_movement AS movement
        WHERE owner_id = %(owner)s::bigint AND product_id = half.product_id AND sequence BETWEEN middle AND middle
        ORDER BY product_id, sequence LIMIT 1
    ) AS movement ON true
)
SELECT bound.line, since.change, since.found, {IS_OUTDATED}
FROM bound
CROSS JOIN LATERAL (
    SELECT coalesce(sum(change), 0)::bigint AS change,
        coalesce(sum(change) FILTER (WHERE reason = 'count'), 0)::bigint AS found
    FROM (
        SELECT operation.reason, {CHANGE} AS change
        FROM (
            SELECT id, operation_id, new_quantity - old_quantity AS change FROM stock_movement
            WHERE owner_id = %(owner)s::bigint AND product_id = bound.product_id AND sequence > bound.low
                AND bound.lot_id IS NULL
            UNION ALL
            SELECT id, operation_id, change FROM (
                SELECT DISTINCT movement_id FROM stock_portion
                WHERE owner_id = %(owner)s::bigint AND lot_id BETWEEN bound.lot_id AND bound.lot_id
            ) AS portion
            CROSS JOIN LATERAL (
                SELECT id, operation_id, new_quantity - old_quantity AS change, sequence FROM stock_movement
                WHERE owner_id = %(owner)s::bigint AND id BETWEEN portion.movement_id AND portion.movement_id
                ORDER BY id LIMIT 1
            ) AS movement
            WHERE movement.sequence > bound.low
        ) AS movement
        CROSS JOIN LATERAL (
            {BY_ID.format(columns="id, reason, occurred_at", owner=OWNER, operation="movement.operation_id")}
        ) AS operation
        WHERE {HAPPENED_SINCE}
    ) AS changed
) AS since
WHERE bound.low = bound.high
"""  # noqa: S608, constants

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

# Returns what responses show of sales and returns: the returns that these operations are or have, each with whether it
# is undone and with its quantities by product and by the movement that they take back. A row without a return says
# whether a reversed sale is undone. A return of a product without stock has movements of both types with the same
# quantity, of which one takes something back. In a return of an earlier release none does: the quantity counts once.
SOURCE = f"""(
    SELECT source_id FROM stock_returned AS taken
    WHERE owner_id = {OWNER} AND movement_id BETWEEN stock_movement.id AND stock_movement.id
    ORDER BY movement_id LIMIT 1
) AS source_id"""  # noqa: S608, constants
RETURNED = MOVEMENTS_OF.format(
    columns=f"product_id, quantity, movement_type, {SOURCE}", owner=OWNER, operation="link.operation_id"
)
SHOWN_RETURNS = f"""
SELECT link.sale_id, link.operation_id, link.scrapped_id, {IS_UNDONE.format(operation="link.operation_id")}, (
    SELECT json_agg(json_build_array(product_id, source_id, quantity)) FROM (
        SELECT product_id, source_id, greatest(
            sum(quantity) FILTER (WHERE movement_type = 'IN'), sum(quantity) FILTER (WHERE movement_type = 'OUT')
        ) AS quantity
        FROM (
            {RETURNED}
        ) AS returned GROUP BY product_id, source_id
    ) AS movement
)
FROM (
    SELECT sale_id, operation_id, scrapped_id FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND sale_id = ANY(%(operations)s::bigint[])
    UNION
    SELECT sale_id, operation_id, scrapped_id FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND operation_id = ANY(%(operations)s::bigint[])
) AS link
UNION ALL
SELECT sale.id, NULL, NULL, {IS_UNDONE.format(operation="sale.id")}, NULL
FROM unnest(%(reversed)s::bigint[]) AS sale (id)
ORDER BY 2
"""  # noqa: S608, constants
