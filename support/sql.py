"""The statements for the support desk's figures."""

# Returns the number of live products of one account or of all, of those with low stock and of those without stock.
# Reads at most %(limit)s products.
PRODUCT_COUNTS = """
SELECT count(*), count(*) FILTER (WHERE is_low_stock AND quantity > 0),
    count(*) FILTER (WHERE is_low_stock AND quantity = 0)
FROM (
    SELECT quantity, is_low_stock FROM products_product
    WHERE {whose} archived_at IS NULL LIMIT %(limit)s
) AS looked_at
"""

ONE_ACCOUNT, ALL_ACCOUNTS = "owner_id = %(owner)s AND", ""

# Returns the number of the newest movements, at most %(limit)s, and the first ids of these and of their operations.
NEWEST_MOVEMENTS = """
SELECT count(*), min(id), min(operation_id)
FROM (SELECT id, operation_id FROM stock_movement ORDER BY id DESC LIMIT %(limit)s) AS newest
"""

# Returns the movements in and out that happened on each day since an instant, in all accounts. It reads the movements
# and operations from these ids on. The limit on the operations' ids lets PostgreSQL read both tables by a range and
# join them by hash.
MOVEMENTS_PER_DAY = """
SELECT (operation.occurred_at AT TIME ZONE 'UTC')::date AS day,
    count(*) FILTER (WHERE movement_type = 'IN'), count(*) FILTER (WHERE movement_type = 'OUT')
FROM stock_movement AS movement
JOIN stock_operation AS operation ON operation.owner_id = movement.owner_id AND operation.id = movement.operation_id
WHERE movement.id >= %(movement)s AND operation.id >= %(operation)s AND operation.occurred_at >= %(since)s
GROUP BY day
"""
