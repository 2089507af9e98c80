"""Statements on what customers owe. Each names the owner, so that Citus executes it on one server."""

from stock.models.sql import BY_ID, OWNER, REVERSAL_OF
from stock.models.sql_sales import IS_DONE, OWED_SINCE, TAXED, TAXED_STEPS, TOTAL_OF
from trade.selling.hooks import PAPERS

NO_PAPERS = "SELECT 0::bigint AS operation_id, 0::bigint AS id, now()::date AS due_on, '' AS number WHERE false"
# `sale` has the sales of the customers with a condition on them, and `shop` the day from which sales count.
SALES = f"""shop AS (
    SELECT time_zone, (now() AT TIME ZONE time_zone)::date AS today,
        {OWED_SINCE} AS since
    FROM users_user WHERE id = %(owner)s::bigint
), named AS (
    SELECT operation_id, customer_id FROM customers_buyer WHERE owner_id = %(owner)s::bigint AND {{customer}}
    UNION
    SELECT operation_id, customer_id FROM reservations_reservation
    WHERE owner_id = %(owner)s::bigint AND operation_id IS NOT NULL AND {{customer}}
), sale AS MATERIALIZED (
    SELECT operation.id, named.customer_id, operation.occurred_at, operation.created_at,
        (operation.occurred_at AT TIME ZONE time_zone)::date AS day
    FROM shop CROSS JOIN named
    CROSS JOIN LATERAL (
        {BY_ID.format(columns="id, occurred_at, created_at", owner=OWNER, operation="named.operation_id")}
    ) AS operation
    WHERE {{sales}}
)"""
PAID = """coalesce((
    SELECT sum(amount) FROM stock_payment WHERE owner_id = %(owner)s::bigint AND operation_id = {sale}
), 0.00)"""


def select_papers() -> str:
    """Return the invoices of sales and the credit notes of returns, if an app issues any."""
    return " UNION ALL ".join(hook.select_papers() for hook in PAPERS) or NO_PAPERS


def write_owing(all_sales: str = "") -> str:
    """Return `owing`: what is due of each of these sales that is not undone.

    Where no sales are named, it leaves out those without returns that are paid exactly, because computing what is due
    takes longer.
    """
    return f"""asked (sale_id) AS (
    SELECT id FROM sale WHERE {IS_DONE.format(operation="sale")} AND ({all_sales}
        {TOTAL_OF.format(operation="sale.id")} <> {PAID.format(sale="sale.id")}
        OR EXISTS (SELECT FROM stock_return WHERE owner_id = %(owner)s::bigint AND sale_id = sale.id)
    )
), {TAXED}, owing AS (
    SELECT sale.*, worth - {PAID.format(sale="sale.id")} AS due, invoice.id AS invoice_id, invoice.number,
        coalesce(invoice.due_on, sale.day) AS due_on
    FROM (
        SELECT sale_id, sum(CASE WHEN is_sale THEN gross ELSE -gross END) AS worth FROM taxed GROUP BY sale_id
    ) AS left_over
    JOIN sale ON sale.id = left_over.sale_id
    LEFT JOIN ({select_papers()}) AS invoice ON invoice.operation_id = sale.id
)"""


OF_CUSTOMER, SINCE = "customer_id = %(customer)s::bigint", "operation.occurred_at >= shop.since"
NAMED = "(%(sales)s::bigint[] IS NULL OR operation.id = ANY(%(sales)s::bigint[]))"


def write_dues() -> str:
    """Return the sales of a customer of which something is due or overpaid, or those that are named, oldest first."""
    return f"""WITH RECURSIVE {SALES.format(customer=OF_CUSTOMER, sales=NAMED)},
{write_owing("%(sales)s::bigint[] IS NOT NULL OR")}
SELECT owing.id, day, due, occurred_at >= since, due_on, today - due_on, invoice_id, number FROM owing CROSS JOIN shop
WHERE due <> 0 OR %(sales)s::bigint[] IS NOT NULL
ORDER BY day, owing.id
"""


def write_entries() -> str:
    """Return the sum of an account before a period, and then the entries of the period in the order of booking.

    `event` has the sale, its returns, and their reversals, which undo and redo them in turn. Each reversal begins
    another `part` of the events. The worth of a return depends on the other returns that are not undone. So each part
    has a `version` of the sale: its state at the end of the part. The amount of a sale or of a return is its worth in
    its version. The amount of a reversal is the worth of what was booked before it, in its version less in the version
    before.
    """
    return f"""WITH RECURSIVE {SALES.format(customer=OF_CUSTOMER, sales=SINCE)},
event (sale_id, first_id, is_sale, id, depth, at) AS (
    (
        SELECT id, id, true, id, 0, created_at FROM sale
        UNION ALL
        SELECT sale.id, link.operation_id, false, link.operation_id, 0, operation.created_at
        FROM sale
        CROSS JOIN LATERAL (
            SELECT operation_id FROM stock_return
            WHERE owner_id = %(owner)s::bigint AND stock_return.sale_id = sale.id OFFSET 0
        ) AS link
        CROSS JOIN LATERAL (
            {BY_ID.format(columns="created_at", owner=OWNER, operation="link.operation_id")}
        ) AS operation
    )
    UNION ALL
    SELECT event.sale_id, event.first_id, event.is_sale, reversal.id, event.depth + 1, reversal.created_at
    FROM event
    CROSS JOIN LATERAL (
        {REVERSAL_OF.format(columns="id, created_at", owner=OWNER, operation="event.id")}
    ) AS reversal
), booked AS MATERIALIZED (
    SELECT *, count(*) FILTER (WHERE depth > 0) OVER (PARTITION BY sale_id ORDER BY at, id) AS part FROM event
), version AS MATERIALIZED (
    SELECT sale_id, part, row_number() OVER () AS number FROM (SELECT DISTINCT sale_id, part FROM booked) AS found
), step AS (
    SELECT version.number AS sale_id, booked.first_id AS operation_id, is_sale
    FROM version JOIN booked ON booked.sale_id = version.sale_id AND booked.part <= version.part
    GROUP BY 1, 2, 3 HAVING count(*) %% 2 = 1
), {TAXED_STEPS}, worth AS MATERIALIZED (
    SELECT version.sale_id, version.part, first.id, first.part = version.part AS is_new,
        sum(CASE WHEN taxed.is_sale THEN gross ELSE -gross END) AS worth
    FROM taxed
    JOIN version ON version.number = taxed.sale_id
    JOIN booked AS first ON first.sale_id = version.sale_id AND first.id = taxed.operation_id
    GROUP BY 1, 2, 3, 4
), entry AS (
    SELECT booked.sale_id, booked.id AS operation_id, NULL::bigint AS payment_id, NULL AS paid_by, at,
        CASE WHEN depth > 0 THEN 'reversal' WHEN is_sale THEN 'sale' ELSE 'return' END AS kind,
        coalesce((
            SELECT sum(CASE WHEN worth.part = booked.part THEN worth ELSE -worth END) FROM worth
            WHERE worth.sale_id = booked.sale_id AND CASE
                WHEN depth = 0 THEN worth.part = booked.part AND worth.id = booked.id
                ELSE worth.part = booked.part - 1 OR (worth.part = booked.part AND NOT is_new)
            END
        ), 0.00) AS amount
    FROM booked
    UNION ALL
    SELECT sale.id, sale.id, payment.id, payment.kind, payment.created_at, CASE
        WHEN reverses_id IS NOT NULL THEN 'reversal' WHEN amount < 0 THEN 'refund' ELSE 'payment' END, -amount
    FROM sale
    CROSS JOIN LATERAL (
        SELECT * FROM stock_payment WHERE owner_id = %(owner)s::bigint AND operation_id = sale.id OFFSET 0
    ) AS payment
)
SELECT NULL AS kind, NULL AS at, NULL AS operation_id, NULL AS sale_id, NULL AS payment_id, NULL AS paid_by,
    NULL AS invoice_id, NULL AS number,
    coalesce(sum(amount) FILTER (WHERE entry.at < %(start)s::timestamptz), 0.00) AS amount
FROM entry
UNION ALL
(
    SELECT kind, at, entry.operation_id, sale_id, payment_id, paid_by, invoice.id, invoice.number, amount
    FROM entry LEFT JOIN ({select_papers()}) AS invoice ON invoice.operation_id = entry.operation_id
    WHERE at >= %(start)s::timestamptz AND at < %(end)s::timestamptz
    ORDER BY at, payment_id NULLS FIRST, entry.operation_id LIMIT %(limit)s
)
ORDER BY at NULLS FIRST, payment_id NULLS FIRST, operation_id
"""


AGES = {
    "not_due": "days <= 0",
    "overdue_0_30": "days BETWEEN 1 AND 30",
    "overdue_31_60": "days BETWEEN 31 AND 60",
    "overdue_61_90": "days BETWEEN 61 AND 90",
    "overdue_more": "days > 90",
}
SUMMED = ("owed", *AGES, "credit")
AGED = "".join(
    f"\n        coalesce(sum(due) FILTER (WHERE due > 0 AND {age}), 0.00) AS {name}," for name, age in AGES.items()
)


def write_owed() -> str:
    """Return what each customer owes and is owed."""
    return f"""WITH RECURSIVE {SALES.format(customer="customer_id IS NOT NULL", sales=SINCE)}, {write_owing()},
listed AS (
    SELECT customer_id AS customer, coalesce(sum(due) FILTER (WHERE due > 0), 0.00) AS owed,{AGED}
        coalesce(sum(due) FILTER (WHERE due < 0), 0.00) AS credit
    FROM (SELECT customer_id, due, today - due_on AS days FROM owing CROSS JOIN shop WHERE due <> 0) AS aged
    GROUP BY customer_id
)
SELECT customer, customer.name AS customer_name, {", ".join(SUMMED)}, count(*) OVER () AS in_all,
    {", ".join(f"sum({name}) OVER () AS in_all_{name}" for name in SUMMED)}
FROM listed
JOIN customers_customer AS customer ON customer.owner_id = %(owner)s::bigint AND customer.id = listed.customer
ORDER BY owed DESC, credit, customer
LIMIT %(limit)s OFFSET %(offset)s
"""
