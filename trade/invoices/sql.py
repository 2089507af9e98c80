"""Statements on invoices. Each names the owner, so that Citus executes it on one server."""

from stock.models.sql import MOVEMENTS_OF, OWNER
from stock.models.sql_sales import ITS_PRODUCT, KEPT, OWED_SINCE, SOLD_FOR, TAXED

# Returns the invoices of sales and the credit notes of returns, with their numbers as they are printed.
OF_SALES = """
SELECT operation_id, id, due_on, year || CASE kind WHEN 'invoice' THEN '-' ELSE '-C' END
    || lpad(number::text, greatest(6, length(number::text)), '0') AS number
FROM invoices_invoice WHERE owner_id = %(owner)s::bigint
"""
# Returns the movements of a sale in their order, with what invoices say of each: first the category and the rate. What
# has no rate is exempt.
LINES = f"""
SELECT CASE WHEN kept.rate IS NULL THEN 'E' WHEN kept.rate > 0 THEN 'S' ELSE kept.category END,
    coalesce(kept.rate, 0.00),
    movement.id, movement.product_id, movement.movement_type, movement.product_name, product.sku, movement.quantity,
    product.decimals, product.unit, {SOLD_FOR}, coalesce(kept.discount, 0.00),
    kept.rate IS NOT NULL, kept.reason, coalesce(kept.is_net, false)
FROM (
    {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="%(sale)s::bigint")}
) AS movement
{ITS_PRODUCT.format(columns="sku, decimals, unit")}
{KEPT}
ORDER BY movement.id
"""
# Returns what a return took of each movement of its sale, or of each product if it names no movements.
TAKEN = f"""
WITH RECURSIVE asked (sale_id) AS (SELECT %(sale)s::bigint), {TAXED}
SELECT source_id, product_id, quantity, worth FROM given
WHERE operation_id = %(return)s::bigint AND NOT is_sale AND quantity > 0
ORDER BY source_id, product_id
"""
# Returns the sums of a return by rate, as RateTotal has them.
CREDITED = f"""
WITH RECURSIVE asked (sale_id) AS (SELECT %(sale)s::bigint), {TAXED}
SELECT rate, sum(net), sum(tax), sum(gross), category FROM taxed
WHERE operation_id = %(return)s::bigint AND NOT is_sale
GROUP BY rate, category ORDER BY rate DESC NULLS LAST, category
"""
# Returns the customer of a sale: that of the order which it has fulfilled, or who has bought at the counter.
CUSTOMER_OF = """
SELECT coalesce(
    (
        SELECT customer_id FROM reservations_reservation
        WHERE owner_id = %(owner)s::bigint AND operation_id = %(sale)s::bigint AND customer_id IS NOT NULL
        ORDER BY id LIMIT 1
    ),
    (SELECT customer_id FROM customers_buyer WHERE owner_id = %(owner)s::bigint AND operation_id = %(sale)s::bigint)
)
"""
# Names the customer of a sale that has none.
NAME_CUSTOMER = """
INSERT INTO customers_buyer (owner_id, operation_id, customer_id, is_named_later)
VALUES (%(owner)s::bigint, %(sale)s::bigint, %(customer)s::bigint, true)
ON CONFLICT (owner_id, operation_id) DO UPDATE SET customer_id = excluded.customer_id
"""
LAST_NUMBER = """
SELECT coalesce(max(number), 0) FROM invoices_invoice
WHERE owner_id = %(owner)s::bigint AND kind = %(kind)s AND year = %(year)s
"""
# Whether the sale of an invoice, a row of invoices_invoice, counts in what customers owe.
COUNTS = f"""EXISTS (
    SELECT FROM stock_operation AS sale
    WHERE sale.owner_id = %(owner)s::bigint AND sale.id = invoices_invoice.operation_id
        AND sale.occurred_at >= {OWED_SINCE}
)"""
# What is left to pay now of an invoice, a row of invoices_invoice. Invoice and credit notes add up to what is left of
# the sale: no statement has to compute it again from the movements.
DUE = """(
    invoices_invoice.gross - coalesce((
        SELECT sum(note.gross) FROM invoices_invoice AS note
        WHERE note.owner_id = %(owner)s::bigint AND note.credits_id = invoices_invoice.id
    ), 0.00) - coalesce((
        SELECT sum(amount) FROM stock_payment
        WHERE owner_id = %(owner)s::bigint AND operation_id = invoices_invoice.operation_id
    ), 0.00)
)"""
