"""Statements of closings. Each names the owner, so that Citus executes it on one server."""

from stock.models.sql import BY_ID, MOVEMENTS_OF, OWNER, REVERSAL_OF, SERIES
from stock.models.sql_sales import KEPT, TAXED_STEPS

# Returns the sales, and the returns of sales, that a range of the feed has changed in a series: by their booking, by
# their reversal, by the reversal of this, and so on. `net` is 1 if it counts once more, -1 if it is undone, and 0 if it
# was booked and undone within the range. `changes` are the operations of the range that have changed it. `earlier` has
# each operation of a chain of reversals once, and `chain` follows the reversals from its first one, so the work grows
# with the length of the chains and not with its square. With IS TRUE, the ids of the range are hashed.
OPERATIONS = f"""
WITH RECURSIVE booked AS MATERIALIZED (
    SELECT operation.id, operation.reverses_id, operation.reason
    FROM events_event AS event
    CROSS JOIN LATERAL (
        {BY_ID.format(columns="*", owner=OWNER, operation="event.operation")}
    ) AS operation
    JOIN stock_performer AS performer
        ON performer.owner_id = %(owner)s::bigint AND performer.id = operation.performer_id
    WHERE event.owner_id = %(owner)s::bigint AND event.type = 'operation.booked'
        AND event.position BETWEEN %(first)s::bigint AND %(last)s::bigint
        AND operation.reason IN ('sale', 'return', 'reversal') AND {SERIES}
), earlier AS (
    SELECT id, reverses_id, reason FROM booked
    UNION
    SELECT operation.id, operation.reverses_id, operation.reason
    FROM earlier CROSS JOIN LATERAL (
        {BY_ID.format(columns="id, reverses_id, reason", owner=OWNER, operation="earlier.reverses_id")}
    ) AS operation
), chain AS (
    SELECT id AS first_id, reason, id, 1 AS sign FROM earlier WHERE reverses_id IS NULL AND reason IN ('sale', 'return')
    UNION ALL
    SELECT chain.first_id, chain.reason, reversal.id, -chain.sign
    FROM chain CROSS JOIN LATERAL (
        {REVERSAL_OF.format(columns="id", owner=OWNER, operation="chain.id")}
    ) AS reversal
), changed AS (
    SELECT first_id AS id, reason, sum(sign)::int AS net, array_agg(id) AS changes FROM chain
    WHERE (id IN (SELECT id FROM booked)) IS TRUE GROUP BY first_id, reason
)
SELECT operation.id, changed.reason, changed.net, operation.occurred_at, operation.reference, changed.changes, (
    SELECT link.sale_id FROM stock_return AS link
    CROSS JOIN LATERAL (
        {BY_ID.format(columns="reason", owner=OWNER, operation="link.sale_id")}
    ) AS sale
    WHERE link.owner_id = %(owner)s::bigint AND link.operation_id = operation.id AND sale.reason = 'sale'
)
FROM changed
CROSS JOIN LATERAL (
    {BY_ID.format(columns="*", owner=OWNER, operation="changed.id")}
) AS operation
ORDER BY operation.id
"""
# Returns each operation that has made or undone a return of these sales, by sale and in order, with the sale and the
# return. The returns of a sale are booked one after another, so the order is that of the ids.
RETURNS = f"""
WITH RECURSIVE chain (sale_id, return_id, id) AS (
    SELECT sale_id, operation_id, operation_id FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND sale_id = ANY(%(sales)s::bigint[])
    UNION ALL
    SELECT chain.sale_id, chain.return_id, reversal.id
    FROM chain CROSS JOIN LATERAL (
        {REVERSAL_OF.format(columns="id", owner=OWNER, operation="chain.id")}
    ) AS reversal
)
SELECT sale_id, return_id, id FROM chain ORDER BY sale_id, id
"""
# Returns what the returns in each of these sets of steps are worth, by rate.
BACK = f"""
WITH step (sale_id, operation_id, is_sale) AS (
    SELECT * FROM unnest(%(sets)s::bigint[], %(operations)s::bigint[], %(are_sales)s::boolean[])
), {TAXED_STEPS}
SELECT sale_id, rate, sum(net), sum(tax), sum(gross), category FROM taxed WHERE NOT is_sale
GROUP BY sale_id, rate, category
"""
# Returns the discounts of sales, each as often as it counts.
DISCOUNTS = f"""
SELECT coalesce(sum(kept.discount * sale.net), 0.00)
FROM unnest(%(sales)s::bigint[], %(nets)s::bigint[]) AS sale (id, net)
CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="id", owner=OWNER, operation="sale.id")}
) AS movement
{KEPT}
"""

# Returns when cash was first moved in a series.
FIRST_CASH = """
SELECT (
    SELECT created_at FROM closings_cash
    WHERE owner_id = %(owner)s::bigint AND till_id IS NOT DISTINCT FROM %(till)s::bigint
    ORDER BY id LIMIT 1
)
"""

# Returns the sums of the cash that was put in and taken out in a range of the feed, by kind.
CASH = """
SELECT cash.kind, sum(cash.amount)
FROM events_event AS event
JOIN closings_cash AS cash ON cash.owner_id = %(owner)s::bigint AND cash.id = (event.data ->> 'cash')::bigint
WHERE event.owner_id = %(owner)s::bigint AND event.type = 'cash.moved'
    AND event.position BETWEEN %(first)s::bigint AND %(last)s::bigint
    AND cash.till_id IS NOT DISTINCT FROM %(till)s::bigint
GROUP BY cash.kind
"""

# Returns the last position of the feed before a time. Events of one moment may have positions in any order.
BEFORE = """
SELECT position FROM events_event
WHERE owner_id = %(owner)s::bigint AND position IS NOT NULL AND created_at < %(at)s::timestamptz
ORDER BY position DESC LIMIT 1
"""
