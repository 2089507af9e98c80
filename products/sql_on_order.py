"""What is still to come of products: the rest of sent purchase orders, by the ledger. The app above writes the orders.

A shop that has sent no order, or has closed all, is spared the sum by one look into an index.
"""

HAS_SENT_ORDERS = "EXISTS (SELECT FROM purchasing_order AS sent WHERE sent.owner_id = {owner} AND sent.state = 'sent')"
# The lines of sent orders about some products, and what their deliveries have brought: the movements of these, of their
# reversals, of the reversals of reversals, and so on. Movements are found by their operation: the planner can't know
# that few operations are found, and without OFFSET 0 it may read all movements of a product instead.
OUTSTANDING = """
    WITH RECURSIVE ordered AS (
        SELECT line.order_id, line.product_id, line.quantity
        FROM purchasing_line AS line
        JOIN purchasing_order AS sent
            ON sent.owner_id = {owner} AND sent.id = line.order_id AND sent.state = 'sent'
        WHERE line.owner_id = {owner} AND line.product_id {is_chosen}
    ), arrival (order_id, operation_id) AS (
        SELECT receipt.order_id, receipt.operation_id
        FROM purchasing_receipt AS receipt
        WHERE receipt.owner_id = {owner} AND receipt.order_id IN (SELECT order_id FROM ordered)
        UNION ALL
        SELECT arrival.order_id, reversal.id
        FROM arrival
        CROSS JOIN LATERAL (
            SELECT id FROM stock_operation WHERE owner_id = {owner} AND reverses_id = arrival.operation_id OFFSET 0
        ) AS reversal
    ), received AS (
        SELECT arrival.order_id, movement.product_id, sum(movement.change) AS quantity
        FROM arrival
        CROSS JOIN LATERAL (
            SELECT product_id, new_quantity - old_quantity AS change FROM stock_movement
            WHERE owner_id = {owner} AND operation_id = arrival.operation_id OFFSET 0
        ) AS movement
        WHERE movement.product_id {is_chosen}
        GROUP BY arrival.order_id, movement.product_id
    )
    SELECT {columns}
        coalesce(sum(greatest(ordered.quantity - coalesce(received.quantity, 0), 0)), 0)::bigint AS on_order
    FROM ordered
    LEFT JOIN received ON received.order_id = ordered.order_id AND received.product_id = ordered.product_id"""
OF_ONE = {"is_chosen": "= {product}.id", "columns": "", "owner": "{owner}"}
OF_SEVERAL = {
    "is_chosen": "= ANY(%(products)s::bigint[])",
    "columns": "ordered.product_id AS id,",
    "owner": "%(owner)s::bigint",
}
ON_ORDER = f"CASE WHEN {HAS_SENT_ORDERS} THEN ({OUTSTANDING.format(**OF_ONE)}) ELSE 0 END"
# What is on order of each of these products, of which something was ordered.
ON_ORDER_BY_PRODUCT = f"{OUTSTANDING.format(**OF_SEVERAL)} GROUP BY ordered.product_id"
