"""What is on order of products: the outstanding quantities of sent orders, by the ledger. The app above writes orders.

For a shop that has sent no order, or has closed all, one look-up in an index replaces the sum.
"""

HAS_SENT_ORDERS = "EXISTS (SELECT FROM purchasing_order AS sent WHERE sent.owner_id = {owner} AND sent.state = 'sent')"
# In a page of products: 0 if no order is sent, else null, and another statement reads it. Within the statement of the
# page, PostgreSQL estimates such a high cost for the sum that it would compile the statement first.
ZERO_OR_UNREAD = f"CASE WHEN {HAS_SENT_ORDERS} THEN NULL ELSE 0 END"
# The lines of sent orders about some products, less what their deliveries have brought: the movements of these, of
# their reversals, of the reversals of reversals, and so on. Each is found by the index of its key: the planner can't
# know that few rows are found, and without OFFSET 0 it may read all movements of a product instead.
OUTSTANDING = """
    SELECT {columns} coalesce(sum(greatest(line.quantity - received.quantity, 0)), 0)::bigint AS on_order
    FROM purchasing_line AS line
    JOIN purchasing_order AS sent ON sent.owner_id = {owner} AND sent.id = line.order_id AND sent.state = 'sent'
    CROSS JOIN LATERAL (
        WITH RECURSIVE arrival (operation_id) AS (
            SELECT operation_id FROM purchasing_receipt WHERE owner_id = {owner} AND order_id = line.order_id
            UNION ALL
            SELECT reversal.id
            FROM arrival
            CROSS JOIN LATERAL (
                SELECT id FROM stock_operation WHERE owner_id = {owner} AND reverses_id = arrival.operation_id OFFSET 0
            ) AS reversal
        )
        SELECT coalesce(sum(movement.change), 0) AS quantity
        FROM arrival
        CROSS JOIN LATERAL (
            SELECT product_id, new_quantity - old_quantity AS change FROM stock_movement
            WHERE owner_id = {owner} AND operation_id = arrival.operation_id OFFSET 0
        ) AS movement
        WHERE movement.product_id = line.product_id
    ) AS received
    WHERE line.owner_id = {owner} AND line.product_id"""
OF_ONE = OUTSTANDING.format(columns="", owner="{owner}")
OF_EACH = OUTSTANDING.format(columns="line.product_id AS id,", owner="%(owner)s::bigint")
ON_ORDER = f"CASE WHEN {HAS_SENT_ORDERS} THEN ({OF_ONE} = {{product}}.id) ELSE 0 END"
# What is on order of each of these products; those that were never ordered are missing.
ON_ORDER_BY_PRODUCT = f"{OF_EACH} = ANY(%(products)s::bigint[]) GROUP BY line.product_id"
