"""Statements on invoices. Each names the owner, so that Citus executes it on one server."""

from stock.models.sql import BY_ID, IS_UNDONE, MOVEMENTS_OF, OWNER
from stock.models.sql_sales import ITS_PRODUCT, KEPT, OWED_SINCE, SOLD_FOR, TAXED

# The number of an invoice as it is printed.
NAME = """year || CASE kind WHEN 'invoice' THEN '-' ELSE '-C' END
        || lpad(number::text, greatest(6, length(number::text)), '0')"""
# Returns the invoices of sales and the credit notes of returns, with their numbers as they are printed.
OF_SALES = f"""
SELECT operation_id, id, due_on, {NAME} AS number
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
# Finds gaps in the numbers of a year, invoices without their event, or with another one, and events without their
# invoice, and the same of files. A file of release 1.5.0 has no event.
BREAKS = f"""
WITH invoice AS MATERIALIZED (
    SELECT id, kind, year, number, operation_id, digest, {NAME} AS name
    FROM invoices_invoice WHERE owner_id = %(owner)s
), told AS MATERIALIZED (
    SELECT type, data, (data ->> 'invoice')::bigint AS invoice_id FROM events_event
    WHERE owner_id = %(owner)s AND type IN ('invoice.issued', 'credit_note.issued', 'invoice_file.kept')
)
SELECT what FROM (
    SELECT DISTINCT ON (kind, year) 'invoice ' || name || ' does not have the next number' AS what
    FROM (SELECT *, row_number() OVER (PARTITION BY kind, year ORDER BY number) AS place FROM invoice) AS numbered
    WHERE number <> place ORDER BY kind, year, number
) AS gap
UNION ALL
SELECT CASE WHEN invoice.id IS NULL THEN 'invoice ' || (data ->> 'number') || ' is missing'
    ELSE 'invoice ' || name || ' is not that of its event' END
FROM invoice FULL JOIN (SELECT * FROM told WHERE type <> 'invoice_file.kept') AS event ON invoice_id = invoice.id
WHERE (type = kind || '.issued' AND data @> jsonb_build_object(
    'invoice', invoice.id, 'number', name, 'operation', operation_id, 'digest', encode(digest, 'hex')
)) IS NOT TRUE
UNION ALL
SELECT 'the ' || (data ->> 'format') || ' of invoice ' || event.invoice_id
    || CASE WHEN file.id IS NULL THEN ' is missing' ELSE ' is not that of its event' END
FROM told AS event
LEFT JOIN invoices_invoicefile AS file
    ON file.owner_id = %(owner)s AND (file.invoice_id, file.format) = (event.invoice_id, data ->> 'format')
WHERE type = 'invoice_file.kept' AND encode(digest, 'hex') IS DISTINCT FROM data ->> 'digest'
LIMIT %(limit)s
"""
# Compares some of the invoices, after the one with this id, and their credit notes with their sales. Returns the last
# id, or null after the last of them, and what differs. An invoice says what was left of its sale, and a credit note
# what a later return took. A return is later if it has the credit note, or if it was booked after the invoice.
SALES = f"""
WITH RECURSIVE invoice AS MATERIALIZED (
    SELECT id, operation_id AS sale_id, created_at FROM invoices_invoice
    WHERE owner_id = %(owner)s::bigint AND kind = 'invoice' AND id > %(after)s::bigint
    ORDER BY id LIMIT %(number)s
), asked (sale_id) AS (
    SELECT sale_id FROM invoice
), paper AS MATERIALIZED (
    SELECT paper.operation_id, paper.net, paper.tax, paper.gross, {NAME} AS name
    FROM invoice
    JOIN invoices_invoice AS paper ON paper.owner_id = %(owner)s::bigint
        AND (paper.id = invoice.id OR paper.credits_id = invoice.id)
), {TAXED}, summed AS (
    SELECT step.sale_id, step.operation_id, step.is_sale, coalesce(sum(net), 0) AS net, coalesce(sum(tax), 0) AS tax,
        coalesce(sum(gross), 0) AS gross
    FROM step LEFT JOIN taxed USING (sale_id, operation_id, is_sale)
    GROUP BY 1, 2, 3
), told AS (
    SELECT summed.*, invoice.id AS invoice_id, is_sale OR booked.created_at > invoice.created_at
        OR booked.id IN (SELECT operation_id FROM paper) AS has_paper
    FROM summed JOIN invoice USING (sale_id)
    CROSS JOIN LATERAL (
        {BY_ID.format(columns="id, created_at", owner=OWNER, operation="summed.operation_id")}
    ) AS booked
), expected AS (
    SELECT first.operation_id, first.is_sale, first.net - coalesce(sum(earlier.net), 0) AS net,
        first.tax - coalesce(sum(earlier.tax), 0) AS tax, first.gross - coalesce(sum(earlier.gross), 0) AS gross
    FROM told AS first LEFT JOIN told AS earlier
        ON first.is_sale AND earlier.sale_id = first.sale_id AND NOT earlier.has_paper
    WHERE first.has_paper AND NOT (first.is_sale AND {IS_UNDONE.format(operation="first.operation_id")})
    GROUP BY first.sale_id, first.operation_id, first.is_sale, first.net, first.tax, first.gross
)
SELECT (SELECT max(id) FROM invoice), ARRAY(
    SELECT CASE
        WHEN name IS NULL THEN 'operation ' || operation_id || ' has no credit note, and its sale has an invoice'
        WHEN is_sale IS NULL
            THEN 'invoice ' || name || ' is of operation ' || operation_id || ', which is undone or none of its sale'
        ELSE 'invoice ' || name || ' does not say what operation ' || operation_id || ' has sold or taken back'
    END
    FROM expected FULL JOIN paper USING (operation_id)
    WHERE (expected.net, expected.tax, expected.gross) IS DISTINCT FROM (paper.net, paper.tax, paper.gross)
    ORDER BY operation_id LIMIT %(limit)s
)
"""
