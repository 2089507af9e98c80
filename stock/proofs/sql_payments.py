"""The statement of the verification that finds breaks in payments: see stock.proofs.sql_breaks."""

# Finds payments of an operation that is no sale, reversals that are not the opposite of their payment, and payments
# that no event names, so that no seal can cover them.
PAYMENTS = """
SELECT 0, 0, 'payment ' || payment.id || CASE
    WHEN sale.reason <> 'sale' THEN ' is of operation ' || sale.id || ', which is no sale'
    WHEN (reversed.operation_id, reversed.kind, reversed.amount)
        IS DISTINCT FROM (payment.operation_id, payment.kind, -payment.amount) AND payment.reverses_id IS NOT NULL
        THEN ' is not the opposite of the payment that it reverses'
    ELSE ' has no event, so no seal can cover it'
END
FROM stock_payment AS payment
JOIN stock_operation AS sale ON sale.owner_id = %(owner)s AND sale.id = payment.operation_id
LEFT JOIN stock_payment AS reversed ON reversed.owner_id = %(owner)s AND reversed.id = payment.reverses_id
LEFT JOIN (
    SELECT told.id::bigint AS id FROM events_event AS event
    CROSS JOIN LATERAL jsonb_array_elements_text(event.data -> 'payments') AS told (id)
    WHERE event.owner_id = %(owner)s AND event.type = 'sale.paid'
) AS told ON told.id = payment.id
WHERE payment.owner_id = %(owner)s AND (
    sale.reason <> 'sale' OR told.id IS NULL OR payment.reverses_id IS NOT NULL
    AND (reversed.operation_id, reversed.kind, reversed.amount)
        IS DISTINCT FROM (payment.operation_id, payment.kind, -payment.amount)
)
ORDER BY payment.id LIMIT %(limit)s
"""
