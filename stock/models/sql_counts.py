"""Parts of the statements that say what has happened since a count."""

from stock.models.sql import BY_ID, FIRST_REASON, IS_UNDONE, OWNER

# Whether the line `bound` is a count of what is not held.
IS_NOWHERE = "(bound.is_placed AND bound.location_id IS NULL AND bound.lot_id IS NULL)"
# Whether a kept count has counted all goods of the line `bound`, and still holds. A count of a part of them does not.
COVERS = f"""kept.owner_id = %(owner)s::bigint AND kept.product_id = bound.product_id AND NOT kept.outdated
    AND (kept.location_id IS NULL OR kept.location_id = bound.location_id)
    AND (kept.lot_id IS NULL OR kept.lot_id = bound.lot_id)
    AND (NOT kept.nowhere OR {IS_NOWHERE})
    AND NOT {IS_UNDONE.format(operation="kept.operation_id")}"""
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
END"""
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
END"""
# How a movement has changed the goods of the line `bound`.
CHANGE = f"""CASE
    WHEN NOT bound.is_placed THEN movement.change
    ELSE sign(movement.change) * abs(CASE WHEN {IS_NOWHERE} THEN abs(movement.change) ELSE 0 END - coalesce((
        SELECT sum(quantity) FROM stock_portion
        WHERE owner_id = %(owner)s::bigint AND movement_id = movement.id
        AND (bound.location_id IS NULL OR location_id = bound.location_id)
        AND (bound.lot_id IS NULL OR lot_id = bound.lot_id)
    ), 0))
END"""
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
"""
