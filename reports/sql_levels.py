"""The statements of the levels at an instant. They are explained in stock/timeline.py."""

# How many operations happened after an instant, and how many had happened by then and were recorded late; each up to a
# limit.
AROUND = """
SELECT
    (SELECT count(*) FROM (
        SELECT FROM stock_operation WHERE owner_id = %(owner)s AND occurred_at > %(instant)s
        ORDER BY occurred_at LIMIT %(limit)s
    ) AS since),
    (SELECT count(*) FROM (
        SELECT FROM stock_operation
        WHERE owner_id = %(owner)s AND created_at - occurred_at > '10 minutes'::interval
            AND occurred_at <= %(instant)s AND created_at > %(soon)s
        ORDER BY occurred_at LIMIT %(limit)s
    ) AS late)
"""

# One operation's movements of the products asked for. OFFSET 0 keeps the planner from joining by all movements of the
# products instead: it can't know that the operations are few.
FEW_MOVEMENTS = """
    SELECT product_id, old_quantity, new_quantity FROM stock_movement
    WHERE owner_id = %(owner)s AND operation_id = {operation} AND product_id = ANY(%(products)s)
    OFFSET 0
"""
MANY_MOVEMENTS = FEW_MOVEMENTS.replace("OFFSET 0", "")

# The level of each product at an instant, as things happened: the present quantity without what happened since.
BACKWARDS = """
WITH since AS (
    SELECT id FROM stock_operation WHERE owner_id = %(owner)s AND occurred_at > %(instant)s
), change AS MATERIALIZED (
    SELECT product_id, sum(new_quantity - old_quantity)::bigint AS change
    FROM since CROSS JOIN LATERAL ({movements}) AS movement
    GROUP BY product_id
)
SELECT product.id, product.quantity - coalesce(change.change, 0)
FROM products_product AS product
LEFT JOIN change ON change.product_id = product.id
WHERE product.owner_id = %(owner)s AND product.id = ANY(%(products)s)
"""
# For an instant after which few operations happened, and for one after which many did.
LEVELS_WITHOUT_FEW = BACKWARDS.format(movements=FEW_MOVEMENTS.format(operation="since.id"))
LEVELS_WITHOUT_MANY = BACKWARDS.format(movements=MANY_MOVEMENTS.format(operation="since.id"))

# For each product and instant, the sequence of the last movement recorded by then, 0 if there is none. Each step halves
# the movements in question by looking at one of them: within a product, the time of recording never runs backwards.
LAST_BY = """
WITH RECURSIVE bound AS (
    SELECT product.id AS product_id, instant, 0::bigint AS low, product.stock_sequence AS high
    FROM products_product AS product, unnest(%(instants)s::timestamptz[]) AS instant
    WHERE product.owner_id = %(owner)s AND product.id = ANY(%(products)s)
    UNION ALL
    SELECT
        product_id, instant, CASE WHEN is_recorded THEN middle ELSE low END,
        CASE WHEN is_recorded THEN high ELSE middle - 1 END
    FROM (SELECT product_id, instant, low, high, (low + high + 1) / 2 AS middle FROM bound WHERE low < high) AS half
    LEFT JOIN LATERAL (
        SELECT (
            SELECT created_at <= instant FROM stock_operation
            WHERE owner_id = %(owner)s AND id = movement.operation_id
        ) AS is_recorded
        FROM stock_movement AS movement
        WHERE owner_id = %(owner)s AND product_id = half.product_id AND sequence = middle
    ) AS movement ON true
), last AS MATERIALIZED (
    SELECT product_id, instant, low AS sequence FROM bound WHERE low = high
)
"""

# The level of each product at an instant, as the books stood then: the result of the last movement recorded by then.
LEVELS_BY_RECORD = f"""{LAST_BY}
SELECT last.product_id, coalesce(movement.new_quantity, 0)
FROM last
LEFT JOIN stock_movement AS movement
    ON movement.owner_id = %(owner)s AND movement.product_id = last.product_id AND movement.sequence = last.sequence
"""  # noqa: S608, constants alone

# The level of each product at an instant, as things happened: as the books stood then, and what was recorded later
# although it had happened by then: soon after, or in one of a few late operations.
LEVELS_WITH_FEW_LATE = f"""{LAST_BY}, soon AS MATERIALIZED (
    SELECT movement.product_id, sum(movement.new_quantity - movement.old_quantity)::bigint AS change
    FROM last
    JOIN last AS until ON until.product_id = last.product_id AND until.instant > last.instant
    CROSS JOIN LATERAL (
        SELECT product_id, operation_id, old_quantity, new_quantity FROM stock_movement
        WHERE owner_id = %(owner)s AND product_id = last.product_id
            AND sequence > last.sequence AND sequence <= until.sequence
        OFFSET 0
    ) AS movement
    CROSS JOIN LATERAL (
        SELECT FROM stock_operation
        WHERE owner_id = %(owner)s AND id = movement.operation_id AND occurred_at <= %(instant)s
        OFFSET 0
    ) AS operation
    GROUP BY movement.product_id
), late AS MATERIALIZED (
    SELECT id FROM stock_operation
    WHERE owner_id = %(owner)s AND created_at - occurred_at > '10 minutes'::interval
        AND occurred_at <= %(instant)s AND created_at > %(soon)s
), later AS MATERIALIZED (
    SELECT product_id, sum(new_quantity - old_quantity)::bigint AS change
    FROM late CROSS JOIN LATERAL ({FEW_MOVEMENTS.format(operation="late.id")}) AS movement
    GROUP BY product_id
)
SELECT last.product_id, coalesce(movement.new_quantity, 0) + coalesce(soon.change, 0) + coalesce(later.change, 0)
FROM last
LEFT JOIN stock_movement AS movement
    ON movement.owner_id = %(owner)s AND movement.product_id = last.product_id AND movement.sequence = last.sequence
LEFT JOIN soon ON soon.product_id = last.product_id
LEFT JOIN later ON later.product_id = last.product_id
WHERE last.instant = %(instant)s
"""  # noqa: S608, constants alone
