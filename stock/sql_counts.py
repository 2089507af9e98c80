"""Statements of counts that say when they were made: what has been booked since, and when each product was counted."""

# Returns for each counted product the time of its last count and the sum of what happened after the present one, by
# occurred_at. Run it while the products are locked. A binary search finds the first movement that was recorded after
# the count: within a product, the time of recording never decreases, and nothing is recorded before it happened. Only
# the movements from there on are read. OFFSET 0 is an optimization fence: without it, the planner may read all
# operations of the account to join them.
CHANGES_SINCE = """
WITH RECURSIVE bound AS (
    SELECT product.id AS product_id, counted.counted_at, product.last_counted_at, 0::bigint AS low,
        product.stock_sequence AS high
    FROM unnest(%(products)s::bigint[], %(instants)s::timestamptz[]) AS counted (product_id, counted_at)
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = counted.product_id
    UNION ALL
    SELECT
        product_id, counted_at, last_counted_at, CASE WHEN is_recorded THEN middle ELSE low END,
        CASE WHEN is_recorded THEN high ELSE middle - 1 END
    FROM (SELECT *, (low + high + 1) / 2 AS middle FROM bound WHERE low < high) AS half
    LEFT JOIN LATERAL (
        SELECT (
            SELECT created_at <= counted_at FROM stock_operation
            WHERE owner_id = %(owner)s::bigint AND id = movement.operation_id
        ) AS is_recorded
        FROM stock_movement AS movement
        WHERE owner_id = %(owner)s::bigint AND product_id = half.product_id AND sequence = middle
    ) AS movement ON true
)
SELECT bound.product_id, bound.last_counted_at, coalesce(sum(since.change), 0)::bigint
FROM bound
LEFT JOIN LATERAL (
    SELECT movement.change
    FROM (
        SELECT operation_id, new_quantity - old_quantity AS change FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND product_id = bound.product_id AND sequence > bound.low
        OFFSET 0
    ) AS movement
    CROSS JOIN LATERAL (
        SELECT FROM stock_operation
        WHERE owner_id = %(owner)s::bigint AND id = movement.operation_id AND occurred_at > bound.counted_at
        OFFSET 0
    ) AS operation
) AS since ON true
WHERE bound.low = bound.high
GROUP BY bound.product_id, bound.last_counted_at
"""

# Sets the time of the count of products whose quantity did not change: the given one, else that of the booking of the
# others, else now. An older count does not replace the time of a later one.
SET_COUNTED = """
UPDATE products_product
SET last_counted_at = greatest(products_product.last_counted_at, coalesce(counted.counted_at, clock.now)),
    updated_at = clock.now
FROM (SELECT coalesce(%(booked_at)s::timestamptz, clock_timestamp()) AS now) AS clock,
    unnest(%(products)s::bigint[], %(instants)s::timestamptz[]) AS counted (product_id, counted_at)
WHERE products_product.owner_id = %(owner)s::bigint AND products_product.id = counted.product_id
"""
