"""Statements written by hand."""

# What has arrived of each product of these orders, by the ledger: the movements of their deliveries, of the reversals
# of these, of the reversals of these reversals, and so on. A reversal is the opposite of what it reverses, so the sum
# is what the deliveries that are not undone have brought.
RECEIVED = """
WITH RECURSIVE booked (order_id, operation_id) AS (
    SELECT order_id, operation_id FROM purchasing_receipt
    WHERE owner_id = %(owner)s::bigint AND order_id = ANY(%(orders)s::bigint[])
    UNION ALL
    SELECT booked.order_id, reversal.id FROM booked
    JOIN stock_operation AS reversal
        ON reversal.owner_id = %(owner)s::bigint AND reversal.reverses_id = booked.operation_id
)
SELECT booked.order_id, movement.product_id,
    sum(CASE movement.movement_type WHEN 'IN' THEN movement.quantity ELSE -movement.quantity END)::bigint
FROM booked
JOIN stock_movement AS movement
    ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = booked.operation_id
GROUP BY booked.order_id, movement.product_id
"""
