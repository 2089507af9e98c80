"""Statements written by hand."""

# What has arrived of each product of some orders, by the ledger: the movements of their deliveries, of the reversals of
# these, of the reversals of these reversals, and so on. A reversal is the opposite of what it reverses, so the sum is
# what the deliveries that are not undone have brought. Common table expressions of a WITH RECURSIVE: {receipts} selects
# the deliveries of the orders.
ARRIVED = """arrival (order_id, operation_id) AS (
    {receipts}
    UNION ALL
    SELECT arrival.order_id, reversal.id
    FROM arrival
    JOIN stock_operation AS reversal
        ON reversal.owner_id = %(owner)s::bigint AND reversal.reverses_id = arrival.operation_id
), received AS (
    SELECT arrival.order_id, movement.product_id, sum(movement.new_quantity - movement.old_quantity)::bigint AS quantity
    FROM arrival
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = arrival.operation_id
    GROUP BY arrival.order_id, movement.product_id
)"""
RECEIPTS_OF_ORDERS = """SELECT order_id, operation_id FROM purchasing_receipt
    WHERE owner_id = %(owner)s::bigint AND order_id = ANY(%(orders)s::bigint[])"""
RECEIVED = f"""
WITH RECURSIVE {ARRIVED.format(receipts=RECEIPTS_OF_ORDERS)}
SELECT order_id, product_id, quantity FROM received
"""  # noqa: S608, constants
