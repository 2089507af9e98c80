"""SQL of the sales, as common table expressions of a WITH RECURSIVE."""

# The sales of a period, and their reversals. A reversal has the opposite sign of its sale, a reversal of the reversal
# has the sign of the sale again, and so on. The sum is 1 for a sale that counts, and 0 for a sale that was undone.
SALES = """sale AS (
    SELECT id AS operation_id, id AS latest_id, 1 AS sign, occurred_at AS at
    FROM stock_operation
    WHERE owner_id = %(owner)s::bigint AND reason = 'sale' AND {period}
    UNION ALL
    SELECT sale.operation_id, reversal.id, -sale.sign, sale.at
    FROM sale
    JOIN stock_operation AS reversal
        ON reversal.owner_id = %(owner)s::bigint AND reversal.reverses_id = sale.latest_id
)"""
# The quantity of each product sold since %(instant)s, by the time when the sale happened.
SOLD = SALES.format(period="occurred_at > %(instant)s::timestamptz") + """, sold AS (
    SELECT movement.product_id, sum(sale.sign * (movement.old_quantity - movement.new_quantity))::bigint AS quantity
    FROM sale
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = sale.operation_id
    GROUP BY movement.product_id
)"""  # fmt: skip  # noqa: S608, constants
