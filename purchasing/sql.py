"""Statements written by hand: quantities that have arrived for orders, computed from the ledger.

`{owner}` is the account's id. The statements call the tables of orders and of their lines `purchase` and `line`.
"""

IS_SENT = "purchase.state = 'sent'"  # drafts and closed orders have no outstanding quantity

# The quantity of each product that has arrived for some orders. It is the sum of the movements of their deliveries, of
# the reversals of these, of the reversals of these reversals, and so on. A reversal is the opposite of the reversed
# operation, so the sum is the quantity of the deliveries that are not undone. Each row is found by the index of its
# key: the planner can't know that few are found, and without OFFSET 0 it may read all movements of a product instead.
#
# These are common table expressions of a WITH RECURSIVE. {receipts} selects the deliveries, and {products} may be a
# condition on movement.product_id.
ARRIVED = """arrival (order_id, operation_id) AS (
    {receipts}
    UNION ALL
    SELECT arrival.order_id, reversal.id
    FROM arrival
    CROSS JOIN LATERAL (
        SELECT id FROM stock_operation WHERE owner_id = {owner} AND reverses_id = arrival.operation_id OFFSET 0
    ) AS reversal
), received AS (
    SELECT arrival.order_id, movement.product_id, sum(movement.change)::bigint AS quantity
    FROM arrival
    CROSS JOIN LATERAL (
        SELECT product_id, new_quantity - old_quantity AS change FROM stock_movement
        WHERE owner_id = {owner} AND operation_id = arrival.operation_id OFFSET 0
    ) AS movement
    {products}
    GROUP BY arrival.order_id, movement.product_id
)"""
# The outstanding quantity of a line, given the row of `received` with its arrived quantity. More may have arrived than
# was ordered. purchasing.received.compute_outstanding() is the same in Python.
OUTSTANDING = f"CASE WHEN {IS_SENT} THEN greatest(line.quantity - coalesce(received.quantity, 0), 0) ELSE 0 END"

RECEIPTS_OF_ORDERS = """SELECT order_id, operation_id FROM purchasing_receipt
    WHERE owner_id = %(owner)s::bigint AND order_id = ANY(%(orders)s::bigint[])"""
# Returns the quantity of each product that has arrived for these orders.
RECEIVED = f"""
WITH RECURSIVE {ARRIVED.format(receipts=RECEIPTS_OF_ORDERS, products="", owner="%(owner)s::bigint")}
SELECT order_id, product_id, quantity FROM received
"""  # noqa: S608, constants
