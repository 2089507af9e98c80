"""Verify the payments of sales."""

from typing import Any

from core.database.replicas import read

# Finds payments of an operation that is no sale, reversals that are not the opposite of their payment, money that was
# given back without a return of the sale, and payments that no event names, so that no seal can cover them.
BREAKS = """
SELECT 0, 0, 'payment ' || id || what FROM (
    SELECT payment.id, CASE
        WHEN sale.reason <> 'sale' THEN ' is of operation ' || sale.id || ', which is no sale'
        WHEN payment.reverses_id IS NOT NULL AND (reversed.operation_id, reversed.kind, reversed.amount, reversed.tip)
            IS DISTINCT FROM (payment.operation_id, payment.kind, -payment.amount, -payment.tip)
            THEN ' is not the opposite of the payment that it reverses'
        WHEN payment.reverses_id IS NULL AND payment.amount < 0 AND NOT EXISTS (
            SELECT FROM stock_return AS link WHERE link.owner_id = %(owner)s
                AND (link.operation_id, link.sale_id) = (payment.origin_id, payment.operation_id)
        ) THEN ' gives back money without a return'
        WHEN told.id IS NULL THEN ' has no event, so no seal can cover it'
    END AS what
    FROM stock_payment AS payment
    JOIN stock_operation AS sale ON sale.owner_id = %(owner)s AND sale.id = payment.operation_id
    LEFT JOIN stock_payment AS reversed ON reversed.owner_id = %(owner)s AND reversed.id = payment.reverses_id
    LEFT JOIN (
        SELECT told.id::bigint AS id FROM events_event AS event
        CROSS JOIN LATERAL jsonb_array_elements_text(event.data -> 'payments') AS told (id)
        WHERE event.owner_id = %(owner)s AND event.type = 'sale.paid'
    ) AS told ON told.id = payment.id
    WHERE payment.owner_id = %(owner)s
) AS found
WHERE what IS NOT NULL
ORDER BY id LIMIT %(limit)s
"""


def find_breaks(owner_id: int, limit: int) -> list[tuple[Any, ...]]:
    """Return what is wrong with the payments of the account, as rows like those of stock.proofs."""
    return read(BREAKS, {"owner": owner_id, "limit": limit})
