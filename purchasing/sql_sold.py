"""What was sold, as SQL: common table expressions of a WITH RECURSIVE."""

# The quantity of each product sold since %(instant)s, by the time when the sale happened. A reversal subtracts the
# quantity of its sale, a reversal of the reversal adds it again, and so on: the signs alternate.
SOLD = """sale AS (
    SELECT id AS operation_id, id AS latest_id, 1 AS sign
    FROM stock_operation
    WHERE owner_id = %(owner)s::bigint AND reason = 'sale' AND occurred_at > %(instant)s::timestamptz
    UNION ALL
    SELECT sale.operation_id, reversal.id, -sale.sign
    FROM sale
    JOIN stock_operation AS reversal
        ON reversal.owner_id = %(owner)s::bigint AND reversal.reverses_id = sale.latest_id
), sold AS (
    SELECT movement.product_id, sum(sale.sign * (movement.old_quantity - movement.new_quantity))::bigint AS quantity
    FROM sale
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = sale.operation_id
    GROUP BY movement.product_id
)"""
