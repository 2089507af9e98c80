"""Statements on payments. Each names the owner, so that Citus executes it on one server."""

from stock.models.sql import IS_UNDONE

# Returns whether the sale is undone, and the columns of its payments that its money depends on.
PAID = f"""
SELECT {IS_UNDONE.format(operation="%(sale)s::bigint")}, array_agg(kind), array_agg(amount), array_agg(reverses_id)
FROM stock_payment WHERE owner_id = %(owner)s::bigint AND operation_id = %(sale)s::bigint
"""  # noqa: S608, constants
# Returns what was paid for these sales less what was given back, and what was given back, by kind.
BY_KIND = """
SELECT kind, sum(amount), coalesce(-sum(amount) FILTER (WHERE (amount < 0) = (reverses_id IS NULL)), 0.00)
FROM stock_payment WHERE owner_id = %(owner)s::bigint AND operation_id IN ({sales})
GROUP BY kind ORDER BY kind
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
SELECT %(owner)s::bigint, %(operation)s::bigint, %(origin)s::bigint, one.kind, one.amount, one.tendered, one.reverses,
    %(performer)s::bigint, clock_timestamp(), one.tip
FROM unnest(
    %(kinds)s::text[], %(amounts)s::numeric[], %(tendered)s::numeric[], %(reversed)s::bigint[], %(tips)s::numeric[]
) WITH ORDINALITY AS one (kind, amount, tendered, reverses, tip, place)
ORDER BY one.place
RETURNING id, kind, amount, tendered, reverses_id, performer_id, created_at, tip
"""
