"""The account of the stock: its value at cost when a period began, why that has changed, and its value at the end.

Each amount is what the line has added to the value of the stock, below 0 for what it has taken. So `opening` and the
lines add up to `closing`, for each product and each category, and to the cent.
"""

from desk.reports.reading.overview import UNCATEGORIZED
from desk.reports.reading.statements import ledger_of
from stock.models.sql import MOVEMENTS_OF, OWNER, REVERSALS

# The lines of an account, with the movements that count for each. A movement of a reversal counts for `reversed`, or if
# what it undoes is of the same period, for the line of that, with the opposite value. What the reversal could not give
# back, or had to take in excess, is then `rounding`.
LINES = {
    "bought": "reason = 'purchase'",
    "made": "reason = 'making' AND direction = 'IN'",
    "used": "reason = 'making' AND direction = 'OUT'",
    "cost_of_sales": "reason = 'sale'",
    "came_back": "reason = 'return' AND direction = 'IN'",
    "went_back": "reason = 'return' AND direction = 'OUT'",
    "lost": "reason IN ('damage', 'theft', 'expiry')",
    "counts": "reason = 'count'",
    "opened": "reason = 'opening'",
    "imported": "reason = 'import'",
    "corrected": "reason = 'correction'",
    "other": "reason IN ('other', 'transfer')",
    "reversed": "reason = 'reversal'",
    "rounding": "reason = 'rounding'",
}
AMOUNTS = ("opening", *LINES, "closing")

VALUE = "CASE movement.movement_type WHEN 'IN' THEN movement.value ELSE -movement.value END"
# The type of a movement. Goods that pass through a product without stock come in and go out by one operation: both
# movements have the type of the first, so that they add nothing to any line.
DIRECTION = """CASE WHEN movement.movement_type = 'OUT' AND movement.new_quantity = 0
        AND {reason} IN ('making', 'return') AND EXISTS (
            SELECT FROM stock_movement AS other
            WHERE other.owner_id = %(owner)s::bigint AND other.operation_id = movement.operation_id
                AND other.product_id = movement.product_id AND other.movement_type = 'IN' OFFSET 0
        ) THEN 'IN' ELSE movement.movement_type END"""

# An operation belongs to the period by its time, unless it was recorded after `{until}`.
IN_PERIOD = """{clock} >= %(start)s::timestamptz AND {clock} < %(end)s::timestamptz
        AND created_at <= {until}"""

# `account` has a row for each product with its AMOUNTS, its name, SKU and category. Like the valuation, it subtracts
# from the present value of the stock what has changed since: for `opening` since the beginning, for `closing` since the
# end. The lines are computed without these two. The products are joined before they are summed up: otherwise the
# planner expects few rows of `account`, and joins them to all products by a nested loop.
ACCOUNT = f"""
WITH RECURSIVE {REVERSALS.format(clock="{clock}", period=IN_PERIOD)}, booked AS (
    SELECT movement.product_id, operation.reason, {DIRECTION.format(reason="operation.reason")} AS direction,
        operation.{{clock}} >= %(end)s::timestamptz OR operation.created_at > {{until}} AS is_after,
        sum({VALUE}) AS value
    FROM {ledger_of("(operation.{clock} >= %(start)s::timestamptz{or_late})")}
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT movement.product_id, part.reason, {DIRECTION.format(reason="undoing.reason")}, false, part.sign * {VALUE}
    FROM undoing
    CROSS JOIN LATERAL (VALUES
        (operation_id, 'reversal', -1), (operation_id, 'rounding', 1),
        (first_id, undoing.reason, undoing.sign), (first_id, 'rounding', -undoing.sign)
    ) AS part (operation_id, reason, sign)
    CROSS JOIN LATERAL (
        {
    MOVEMENTS_OF.format(
        columns="operation_id, product_id, movement_type, new_quantity, value",
        owner=OWNER,
        operation="part.operation_id",
    )
}
    ) AS movement
    WHERE undoing.begins_in
), account AS (
    SELECT * FROM (
        SELECT product.id AS product_id, product.name, product.sku, product.category_id,
            product.stock_value - coalesce(sum(value), 0.00) AS opening,
            {
    ", ".join(
        f"coalesce(sum(value) FILTER (WHERE NOT is_after AND {condition}), 0.00) AS {line}"
        for line, condition in LINES.items()
    )
},
            product.stock_value - coalesce(sum(value) FILTER (WHERE is_after), 0.00) AS closing
        FROM products_product AS product
        LEFT JOIN booked ON booked.product_id = product.id
        WHERE product.owner_id = %(owner)s::bigint
        GROUP BY product.id, product.name, product.sku, product.category_id, product.stock_value
    ) AS summed
    WHERE ({", ".join(AMOUNTS)}) IS DISTINCT FROM ({", ".join(["0.00"] * len(AMOUNTS))})
)
"""  # noqa: S608, constants

# The columns that identify a row, by the parameter `by`, with what they are grouped by, and the name of the row.
KEYS = {
    "category": "category_id AS category, NULL::bigint AS product, NULL AS name, '' AS sku",
    "product": "NULL::bigint AS category, product_id AS product, name, sku",
}
GROUPS = {"category": "category_id", "product": "product_id, name, sku"}
ROWS = f"""
SELECT category, product, coalesce(report.name, category.name, '{UNCATEGORIZED}') AS name, sku, {", ".join(AMOUNTS)},
    count(*) OVER () AS in_all, {", ".join(f"sum({name}) OVER () AS in_all_{name}" for name in AMOUNTS)}
FROM (
    SELECT {{keys}}, {", ".join(f"sum({name}) AS {name}" for name in AMOUNTS)} FROM account GROUP BY {{group}}
) AS report
LEFT JOIN products_category AS category ON category.owner_id = %(owner)s::bigint AND category.id = report.category
ORDER BY name, category, product
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants


def build_account(clock: str, *, has_until: bool = False) -> str:
    """Return ACCOUNT for a column of the operation's time: a statement begins with it, and reads `account`.

    Its parameters are `owner`, `start` (included) and `end` (excluded). With `has_until`, it has another one, `until`,
    and leaves out what was recorded later.
    """
    until = "%(until)s::timestamptz" if has_until else "'infinity'::timestamptz"
    late = f" OR operation.created_at > {until}" if has_until else ""
    return ACCOUNT.format(clock=clock, until=until, or_late=late)


def build_rows(by: str, clock: str) -> str:
    """Return the statement with a row for each category or product, by name."""
    return build_account(clock) + ROWS.format(keys=KEYS[by], group=GROUPS[by])
