"""Quantities that have arrived for orders, and quantities on order of products, computed from the ledger.

The app above writes orders. `{owner}` is the account's id. The statements call the tables of orders and of their lines
`purchase` and `line`.
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

# For a shop that has sent no order, or has closed all of them, one look-up in an index replaces the sum.
HAS_SENT_ORDERS = f"EXISTS (SELECT FROM purchasing_order AS purchase WHERE purchase.owner_id = {{owner}} AND {IS_SENT})"
# For a page of products: 0 if no order is sent, or else NULL, and another statement reads the quantity. Within the
# statement of the page, PostgreSQL estimates such a high cost for the sum that it would compile the statement first.
ZERO_OR_UNREAD = f"CASE WHEN {HAS_SENT_ORDERS} THEN NULL ELSE 0 END"
RECEIPTS_OF_LINE = """SELECT order_id, operation_id FROM purchasing_receipt
            WHERE owner_id = {owner} AND order_id = line.order_id"""
ARRIVED_OF_LINE = ARRIVED.format(
    receipts=RECEIPTS_OF_LINE, products="WHERE movement.product_id = line.product_id", owner="{owner}"
)
# The sum over the lines of sent orders for some products.
SUM_OUTSTANDING = f"""
    SELECT {{columns}} coalesce(sum({OUTSTANDING}), 0)::bigint AS on_order
    FROM purchasing_orderline AS line
    JOIN purchasing_order AS purchase
        ON purchase.owner_id = {{owner}} AND purchase.id = line.order_id AND {IS_SENT}
    LEFT JOIN LATERAL (WITH RECURSIVE {ARRIVED_OF_LINE} SELECT quantity FROM received) AS received ON true
    WHERE line.owner_id = {{owner}} AND line.product_id"""  # noqa: S608, constants
OF_ONE = SUM_OUTSTANDING.format(columns="", owner="{owner}")
OF_EACH = SUM_OUTSTANDING.format(columns="line.product_id AS id,", owner="%(owner)s::bigint")
ON_ORDER = f"CASE WHEN {HAS_SENT_ORDERS} THEN ({OF_ONE} = {{product}}.id) ELSE 0 END"
# Returns the quantity on order of each of these products. Products that were never ordered are omitted.
ON_ORDER_BY_PRODUCT = f"{OF_EACH} = ANY(%(products)s::bigint[]) GROUP BY line.product_id"
