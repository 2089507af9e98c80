"""Statements on payments. Each names the owner, so that Citus executes it on one server."""

from stock.models.sql import IS_UNDONE, ROW_BY_ID, SERIES

# Returns whether the sale is undone, and the columns of its payments that its money depends on.
PAID = f"""
SELECT {IS_UNDONE.format(operation="%(sale)s::bigint")}, array_agg(kind), array_agg(amount), array_agg(reverses_id)
FROM stock_payment WHERE owner_id = %(owner)s::bigint AND operation_id = %(sale)s::bigint
"""
# Returns what was paid for these sales less what was given back, and what was given back, by kind.
BY_KIND = """
SELECT kind, sum(amount), coalesce(-sum(amount) FILTER (WHERE (amount < 0) = (reverses_id IS NULL)), 0.00)
FROM stock_payment WHERE owner_id = %(owner)s::bigint AND operation_id IN ({sales})
GROUP BY kind ORDER BY kind
"""
# Returns what was received and given back in a range of the feed in a series, and the tips, by kind. Payments that were
# booked and undone within the range are left out.
BY_KIND_IN_FEED = f"""
WITH paid AS (
    SELECT payment.id, payment.kind, payment.amount, payment.reverses_id, payment.tip
    FROM events_event AS event
    CROSS JOIN LATERAL jsonb_array_elements_text(event.data -> 'payments') AS listed (id)
    CROSS JOIN LATERAL (
        {ROW_BY_ID.format(table="stock_payment", id="listed.id::bigint")}
    ) AS payment
    JOIN stock_performer AS performer
        ON performer.owner_id = %(owner)s::bigint AND performer.id = payment.performer_id
    WHERE event.owner_id = %(owner)s::bigint AND event.type = 'sale.paid'
        AND event.position BETWEEN %(first)s::bigint AND %(last)s::bigint AND {SERIES}
)
SELECT kind, coalesce(sum(amount) FILTER (WHERE amount > 0), 0.00),
    coalesce(-sum(amount) FILTER (WHERE amount < 0), 0.00), sum(tip)
FROM (SELECT *, count(*) OVER (PARTITION BY coalesce(reverses_id, id)) AS number FROM paid) AS counted
WHERE number = 1
GROUP BY kind ORDER BY kind
"""
# Returns when the first payment of a series was booked.
FIRST = f"""
SELECT (
    SELECT payment.created_at FROM stock_payment AS payment
    JOIN stock_performer AS performer
        ON performer.owner_id = %(owner)s::bigint AND performer.id = payment.performer_id
    WHERE payment.owner_id = %(owner)s::bigint AND {SERIES}
    ORDER BY payment.id LIMIT 1
)
"""
# Locks the sale of a return, or the sale itself, against other payments.
LOCK_SALE = """
SELECT id FROM stock_operation
WHERE owner_id = %(owner)s::bigint AND id = coalesce(
    (SELECT sale_id FROM stock_return WHERE owner_id = %(owner)s::bigint AND operation_id = %(operation)s::bigint),
    %(operation)s::bigint
)
FOR NO KEY UPDATE
"""
# The same for several sales, in the order of their ids.
LOCK_SALES = """
SELECT id FROM stock_operation
WHERE owner_id = %(owner)s::bigint AND id = ANY(%(operations)s::bigint[]) AND reason = 'sale'
ORDER BY id FOR NO KEY UPDATE
"""
# Returns the first day of sales that customers owe, for a shop that has never set or emptied it: that of the first
# payment, else today. If the row of the shop is locked, it returns nothing, and the next payment sets the day.
FIND_OWED_FROM = """
SELECT (
    coalesce(
        (SELECT created_at FROM stock_payment WHERE owner_id = %(owner)s::bigint ORDER BY id LIMIT 1), clock_timestamp()
    ) AT TIME ZONE shop.time_zone
)::date
FROM users_user AS shop
WHERE shop.id = %(owner)s::bigint AND shop.owed_from IS NULL AND shop.uses_payments <> 'off' AND NOT EXISTS (
    SELECT FROM history_change WHERE owner_id = %(owner)s::bigint AND kind = 'shop' AND changes ? 'owed_from'
) FOR NO KEY UPDATE OF shop SKIP LOCKED
"""
# Returns the payments of a sale, or those that came with a return, which are not reversed.
STANDING = """
SELECT id, operation_id, kind, amount, tip FROM stock_payment AS payment
WHERE owner_id = %(owner)s::bigint AND %(operation)s::bigint IN (operation_id, origin_id) AND reverses_id IS NULL
AND NOT EXISTS (
    SELECT FROM stock_payment AS reversal
    WHERE reversal.owner_id = %(owner)s::bigint AND reversal.reverses_id = payment.id
)
ORDER BY id
"""
INSERT_PAYMENTS = """
INSERT INTO stock_payment
    (owner_id, operation_id, origin_id, kind, amount, tendered, reverses_id, performer_id, created_at, tip)
SELECT %(owner)s::bigint, one.operation, %(origin)s::bigint, one.kind, one.amount, one.tendered, one.reverses,
    %(performer)s::bigint, clock_timestamp(), one.tip
FROM unnest(
    %(operations)s::bigint[], %(kinds)s::text[], %(amounts)s::numeric[], %(tendered)s::numeric[],
    %(reversed)s::bigint[], %(tips)s::numeric[]
) WITH ORDINALITY AS one (operation, kind, amount, tendered, reverses, tip, place)
ORDER BY one.place
RETURNING id, operation_id, kind, amount, tendered, reverses_id, performer_id, created_at, tip
"""
