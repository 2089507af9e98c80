"""Statements that find the position of an instant in a log. stock/reading/timeline.py explains them."""

# Returns the first position of each instant: all rows before it were recorded earlier. It is a binary search: each step
# reads one row, so a log of millions takes about twenty steps. Returns no row if the log is empty.
FIRST_SINCE = """
WITH RECURSIVE bound AS (
    SELECT instant, ends.first AS low, ends.last + 1 AS high
    FROM unnest(%(instants)s::timestamptz[]) AS instant
    CROSS JOIN (SELECT min({position}) AS first, max({position}) AS last FROM {log}) AS ends
    UNION ALL
    SELECT
        instant, CASE WHEN is_earlier THEN found + 1 ELSE low END, CASE WHEN is_earlier THEN high ELSE middle END
    FROM (SELECT instant, low, high, (low + high) / 2 AS middle FROM bound WHERE low < high) AS half
    CROSS JOIN LATERAL (
        SELECT {position} AS found, {operation} AS operation_id
        FROM {log} AND {position} >= middle ORDER BY {position} LIMIT 1
    ) AS entry
    CROSS JOIN LATERAL (
        SELECT created_at < instant AS is_earlier FROM stock_operation
        WHERE owner_id = %(owner)s::bigint AND id = entry.operation_id
    ) AS operation
)
SELECT instant, low FROM bound WHERE low = high
"""
FIRST_OPERATION = FIRST_SINCE.format(position="id", operation="id", log="stock_operation WHERE owner_id = %(owner)s")
FIRST_MOVEMENT = FIRST_SINCE.format(
    position="id", operation="operation_id", log="stock_movement WHERE owner_id = %(owner)s"
)
FIRST_OF_PRODUCT = FIRST_SINCE.format(
    position="sequence",
    operation="operation_id",
    log="stock_movement WHERE owner_id = %(owner)s AND product_id = %(product)s",
)

# Returns the change of a product's quantity on each day since an instant, by the time when it happened. The instant is
# the first of `midnights`, which has the beginning of each day from `first_day` on, in the shop's time zone. The
# statement reads the movements from the position of the instant on, because everything that happened since the instant
# was recorded since then.
CHANGES_BY_DAY = """
SELECT %(first_day)s::date + width_bucket(operation.occurred_at, %(midnights)s::timestamptz[]) - 1 AS day,
    sum(CASE movement.movement_type WHEN 'IN' THEN movement.quantity ELSE -movement.quantity END)
FROM stock_movement AS movement
JOIN stock_operation AS operation
    ON operation.owner_id = movement.owner_id AND operation.id = movement.operation_id
WHERE movement.owner_id = %(owner)s AND movement.product_id = %(product)s AND movement.sequence >= %(first)s
    AND operation.occurred_at >= %(instant)s
GROUP BY day
"""

# Selects the late operations that happened in a span of time and were recorded at an instant or later. The condition on
# the difference is that of the index stock_operation_late, which contains the late operations only.
LATE = """
stock_operation
WHERE owner_id = %(owner)s AND created_at - occurred_at > '10 minutes'::interval
    AND occurred_at < %(before)s AND occurred_at >= coalesce(%(after)s, '-infinity'::timestamptz)
    AND created_at >= %(since)s
"""
LATE_OPERATIONS = f"SELECT id FROM {LATE} LIMIT %(limit)s"  # noqa: S608, constants alone
# Returns the times when the first and the last of them were recorded.
LATE_RECORDED = f"SELECT min(created_at), max(created_at) FROM {LATE}"  # noqa: S608, constants alone
# Return the movements of the late operations: all movements, or those of one product.
LATE_MOVEMENTS = """
SELECT id FROM stock_movement WHERE owner_id = %(owner)s AND operation_id = ANY(%(operations)s::bigint[])
LIMIT %(limit)s
"""
LATE_OF_PRODUCT = """
SELECT id FROM stock_movement
WHERE owner_id = %(owner)s AND operation_id = ANY(%(operations)s::bigint[]) AND product_id = %(product)s
LIMIT %(limit)s
"""
