"""Statements of counts that tell their time: the changes since a count, and the time when each product was counted."""

# Returns for each line of a count the sum of what happened after it, by occurred_at, and whether a later count has set
# the quantity already. The later count is the product's last count or, for a line with a place, a count that changed
# the quantity at this place. The statement runs while the products are locked. A binary search finds the first movement
# that was recorded after the count: within a product, the time of recording never decreases, and nothing is recorded
# before it happened. Only the movements from there on are read. OFFSET 0 is an optimization fence: without it, the
# planner may read all operations of the account to join them.
CHANGES_SINCE = """
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
            SELECT created_at <= counted_at FROM stock_operation
            WHERE owner_id = %(owner)s::bigint AND id = movement.operation_id
        ) AS is_recorded
        FROM stock_movement AS movement
        WHERE owner_id = %(owner)s::bigint AND product_id = half.product_id AND sequence = middle
    ) AS movement ON true
)
SELECT bound.line, coalesce(sum(since.change), 0)::bigint, CASE
    WHEN bound.is_placed THEN coalesce(bool_or(since.reason = 'count' AND since.change <> 0), false)
    ELSE coalesce(bound.counted_at < bound.last_counted_at, false)
END
FROM bound
LEFT JOIN LATERAL (
    SELECT operation.reason, CASE
        WHEN NOT bound.is_placed THEN movement.new_quantity - movement.old_quantity
        ELSE sign(movement.new_quantity - movement.old_quantity) * coalesce((
            SELECT sum(quantity) FROM stock_portion
            WHERE owner_id = %(owner)s::bigint AND movement_id = movement.id
            AND (bound.location_id IS NULL OR location_id = bound.location_id)
            AND (bound.lot_id IS NULL OR lot_id = bound.lot_id)
        ), 0)
    END AS change
    FROM (
        SELECT id, operation_id, old_quantity, new_quantity FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND product_id = bound.product_id AND sequence > bound.low
        OFFSET 0
    ) AS movement
    CROSS JOIN LATERAL (
        SELECT reason FROM stock_operation
        WHERE owner_id = %(owner)s::bigint AND id = movement.operation_id AND occurred_at > bound.counted_at
        OFFSET 0
    ) AS operation
) AS since ON true
WHERE bound.low = bound.high
GROUP BY bound.line, bound.is_placed, bound.counted_at, bound.last_counted_at
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
