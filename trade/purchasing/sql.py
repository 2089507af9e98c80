"""Statements written by hand: what has arrived for orders and what was sold, by the ledger, and suggested orders.

`{owner}` is the account's id. The statements call the tables of orders and of their lines `purchase` and `line`.
"""

from core.translation import gettext_noop
from stock.models.sql import IS_UNDONE, MOVEMENTS_OF, OWNER, REVERSAL_OF, SINCE_FIRST, SINCE_FIRST_SALE
from stock.models.sql_sales import BACK, SALES
from trade.purchasing.models import OFFERED, SAID
from trade.purchasing.models.sql import ARRIVED, IS_SENT, OUTSTANDING, TERMS_OF

# A restore runs this: these mails may have been sent after the backup was made. People decide what is sent again.
RESTORED = gettext_noop("A backup was restored. The order may have been mailed before.")
HOLD_MAILS = f"UPDATE purchasing_order SET mail_due_at = NULL, mail_error = '{RESTORED}' WHERE mail_due_at IS NOT NULL"
TERMS_OF_ORDER = TERMS_OF.format(terms="terms", supplier="%(supplier)s::bigint")
# Returns what the supplier at the place of each of these products asks for it, if it has an offer or nobody has.
TERMS = f"""
SELECT given.product_id, given.supplier_id, terms.supplier_sku, terms.pack_size, terms.cost_price, terms.min_packs
FROM unnest(%(products)s::bigint[], %(suppliers)s::bigint[]) AS given (product_id, supplier_id)
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = given.product_id
{TERMS_OF.format(terms="terms", supplier="given.supplier_id")}
WHERE terms.is_offered
"""
# Stores the names, units and pack sizes of the products in the lines of an order, with the number and the pack size of
# the order's supplier.
KEEP_SAID = f"""
UPDATE purchasing_orderline AS line SET {
    ", ".join(f"{name} = {'terms' if name in OFFERED else 'product'}.{name}" for name in SAID)
}
FROM products_product AS product
{TERMS_OF_ORDER}
WHERE line.owner_id = %(owner)s::bigint AND line.order_id = %(order)s::bigint
    AND product.owner_id = %(owner)s::bigint AND product.id = line.product_id
"""

# Returns the days until all lines of an order have arrived: those of the offers, else those of the supplier.
DAYS_OF_ORDER = """
SELECT max(coalesce(offer.lead_days, %(lead_days)s::int))
FROM purchasing_orderline AS line
LEFT JOIN products_offer AS offer ON offer.owner_id = %(owner)s::bigint
    AND offer.product_id = line.product_id AND offer.supplier_id = %(supplier)s::bigint
WHERE line.owner_id = %(owner)s::bigint AND line.order_id = %(order)s::bigint
"""

RECEIPTS_OF_ORDERS = """SELECT order_id, operation_id FROM purchasing_receipt
    WHERE owner_id = %(owner)s::bigint AND order_id = ANY(%(orders)s::bigint[])"""
# Returns the quantity of each product that has arrived for these orders.
RECEIVED = f"""
WITH RECURSIVE {ARRIVED.format(receipts=RECEIPTS_OF_ORDERS, products="", owner="%(owner)s::bigint")}
SELECT order_id, product_id, quantity FROM received
"""
# Returns the quantity of each product that has arrived for these orders damaged, and is written off.
DAMAGED = f"""
SELECT receipt.order_id, movement.product_id, sum(movement.quantity)::bigint
FROM ({RECEIPTS_OF_ORDERS}) AS receipt
JOIN stock_return AS link ON link.owner_id = %(owner)s::bigint AND link.sale_id = receipt.operation_id
    AND link.scrapped_id = link.operation_id
CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="product_id, quantity", owner=OWNER, operation="link.operation_id")}
) AS movement
WHERE NOT {IS_UNDONE.format(operation="link.operation_id")}
GROUP BY receipt.order_id, movement.product_id
"""
# Returns what the deliveries of an order have cost, less what went back of them, by product, without their extra costs.
# What is undone does not count.
GIVEN = f"""
WITH delivery AS (
    SELECT operation_id FROM purchasing_receipt
    WHERE owner_id = %(owner)s::bigint AND order_id = %(order)s::bigint
        AND NOT {IS_UNDONE.format(operation="operation_id")}
), went AS (
    SELECT movement.* FROM delivery CROSS JOIN LATERAL (
        SELECT operation_id FROM stock_return
        WHERE owner_id = %(owner)s::bigint AND sale_id = delivery.operation_id AND scrapped_id IS NULL OFFSET 0
    ) AS link
    CROSS JOIN LATERAL (
        {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="link.operation_id")}
    ) AS movement
    WHERE movement.movement_type = 'OUT' AND NOT {IS_UNDONE.format(operation="link.operation_id")}
), back AS (
    SELECT returned.source_id, sum(went.quantity) AS quantity
    FROM went
    JOIN stock_returned AS returned ON returned.owner_id = %(owner)s::bigint AND returned.movement_id = went.id
    GROUP BY returned.source_id
)
SELECT product_id, sum(cost) FROM (
    SELECT came.product_id, came.value
        - coalesce(share.cost - round(share.cost * coalesce(back.quantity, 0) / came.quantity, 2), 0) AS cost
    FROM delivery
    CROSS JOIN LATERAL (
        {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="delivery.operation_id")}
    ) AS came
    LEFT JOIN stock_extrashare AS share ON share.owner_id = %(owner)s::bigint AND share.movement_id = came.id
    LEFT JOIN back ON back.source_id = came.id
    WHERE came.movement_type = 'IN'
    UNION ALL
    SELECT product_id, -value FROM went
) AS given
GROUP BY product_id
"""

# --- The demand ------------------------------------------------------------------------------------
#
# Common table expressions of a WITH RECURSIVE, from which all reports compute the rate of the sales. Their parameters
# are those of purchasing.demand.make_demand_parameters().

# The window of each live product: `window_days` days, of which %(midnights)s has the beginnings. If it ends in the
# past, %(midnights)s has its end, too, and %(days)s is null: then it is as long as the days until a delivery and the
# days that the delivery is to last. {offer} joins the offer of which the delivery is, and {supplier} is its supplier.
SPAN = """span AS (
    SELECT product_id, quantity, lead_days, window_days,
        coalesce((%(midnights)s::timestamptz[])[window_days + 1], 'infinity') AS until
    FROM (
        SELECT product.id AS product_id, product.quantity, known.lead_days,
            coalesce(%(days)s::int, least(greatest(known.lead_days + %(cover)s::int, 1), %(most_days)s::int))
                AS window_days
        FROM products_product AS product
        {offer}
        LEFT JOIN suppliers_supplier AS supplier
            ON supplier.owner_id = %(owner)s::bigint AND supplier.id = {supplier}
        CROSS JOIN LATERAL (
            SELECT coalesce(offer.lead_days, supplier.lead_days, %(default_lead_days)s::int) AS lead_days
        ) AS known
        WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL AND product.keeps_stock
    ) AS live
)"""
# The preferred offer of each product is in the product's row. What the product has no column for is beside it.
PREFERRED = {
    "supplier": "product.supplier_id",
    "offer": """LEFT JOIN products_offer AS offer ON offer.owner_id = %(owner)s::bigint
            AND offer.product_id = product.id AND offer.supplier_id = product.supplier_id""",
}
SINCE = "occurred_at >= %(start)s::timestamptz"
# For windows up to the present, PostgreSQL leaves out this condition, which would make it expect few sales.
ENDS = "(%(days)s::int IS NOT NULL OR occurred_at < (SELECT max(until) FROM span))"
# The quantity of each product sold in its window, by the time when the sale happened, less what came back of these
# sales, also after the window. A return is not older than its sale.
SOLD = SALES.format(period=f"{SINCE} AND {ENDS}") + f""", {
    BACK.format(period=SINCE)}, sold AS (
    SELECT kept.product_id, sum(kept.quantity)::bigint AS quantity FROM (
        SELECT movement.product_id, sale.at, movement.old_quantity - movement.new_quantity AS quantity
        FROM sale
        JOIN stock_movement AS movement
            ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = sale.operation_id
            AND {SINCE_FIRST_SALE}
        UNION ALL
        SELECT movement.product_id, counted.at, -movement.quantity
        FROM back
        CROSS JOIN LATERAL (
            SELECT occurred_at AS at FROM stock_operation
            WHERE owner_id = %(owner)s::bigint AND id = back.sale_id AND {SINCE} OFFSET 0
        ) AS counted
        CROSS JOIN LATERAL (
            SELECT product_id, quantity FROM stock_movement
            WHERE owner_id = %(owner)s::bigint AND operation_id = back.operation_id AND movement_type = 'IN' OFFSET 0
        ) AS movement
    ) AS kept
    JOIN span ON span.product_id = kept.product_id AND kept.at < span.until
    GROUP BY kept.product_id
)"""  # fmt: skip
# The quantity of each product that makings of its window have used as a part, less what was undone. Taking apart is no
# demand. It begins with the makings of the account, of which most have none.
TAKEN = "product_id, movement_type, quantity"
USED = f"""making AS (
    SELECT operation.id AS operation_id, operation.id AS latest_id, 1 AS sign, operation.occurred_at AS at
    FROM stock_making AS made
    JOIN stock_operation AS operation
        ON operation.owner_id = %(owner)s::bigint AND operation.id = made.operation_id
    WHERE made.owner_id = %(owner)s::bigint AND made.role = 'made' AND {SINCE}
    UNION ALL
    SELECT making.operation_id, reversal.id, -making.sign, making.at
    FROM making CROSS JOIN LATERAL (
        {REVERSAL_OF.format(columns="id", owner=OWNER, operation="making.latest_id")}
    ) AS reversal
), used AS (
    SELECT span.product_id, sum(making.sign * movement.quantity)::bigint AS quantity
    FROM making
    CROSS JOIN LATERAL (
        {MOVEMENTS_OF.format(columns=TAKEN, owner=OWNER, operation="making.operation_id")}
    ) AS movement
    JOIN span ON span.product_id = movement.product_id AND making.at < span.until
    WHERE movement.movement_type = 'OUT'
    GROUP BY span.product_id
)"""
# The number of days of the window on which there was stock at any time, by the time when the movements happened.
#
# `emptied` has the products that may have been without stock since the beginning of the window: those whose balance was
# 0, and those with late bookings, because the balance at a time is not the one that was recorded then. All others were
# in stock all the time if they are now, so their movements need not be added up.
#
# `moved` has what changed on each day, and what came in on it; all that happened after the window is one more day. The
# quantity at the beginning of a day is the present one less all changes since. There was stock on a day if this and
# what came in are above 0 together, and on the days until the next change if any was left. Adding what came in, instead
# of the balance after each movement, spares sorting the movements: a balance is not below 0, so after something came in
# it is above 0. What a transfer brings was there before.
IN_WINDOWS = "operation.occurred_at >= (%(midnights)s::timestamptz[])[1]"
IN_STOCK = f"""emptied AS MATERIALIZED (
    SELECT movement.product_id
    FROM stock_movement AS movement
    JOIN stock_operation AS operation
        ON operation.owner_id = %(owner)s::bigint AND operation.id = movement.operation_id
    WHERE movement.owner_id = %(owner)s::bigint AND (movement.old_quantity = 0 OR movement.new_quantity = 0)
        AND {IN_WINDOWS} AND {SINCE_FIRST.format(period=IN_WINDOWS)}
    UNION
    SELECT movement.product_id
    FROM stock_operation AS operation
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = operation.id
    WHERE operation.owner_id = %(owner)s::bigint
        AND operation.created_at - operation.occurred_at > '10 minutes'::interval
        AND operation.created_at >= (%(midnights)s::timestamptz[])[1]
), moved AS (
    SELECT movement.product_id,
        least(width_bucket(operation.occurred_at, %(midnights)s::timestamptz[]), span.window_days + 1) AS day,
        sum(movement.new_quantity - movement.old_quantity) AS change,
        coalesce(sum(movement.new_quantity - movement.old_quantity) FILTER (
            WHERE movement.new_quantity > movement.old_quantity AND operation.reason <> 'transfer'
        ), 0) AS came
    FROM stock_operation AS operation
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = operation.id
    JOIN emptied ON emptied.product_id = movement.product_id
    JOIN span ON span.product_id = movement.product_id
    WHERE operation.owner_id = %(owner)s::bigint AND {IN_WINDOWS} AND {SINCE_FIRST.format(period=IN_WINDOWS)}
    GROUP BY 1, 2
), opened AS (
    SELECT moved.product_id, moved.day, moved.came, moved.change, span.window_days,
        span.quantity - sum(moved.change) OVER later AS opening,
        lag(moved.day, 1, span.window_days + 1) OVER later AS next_day,
        lead(moved.day) OVER later IS NULL AS is_first
    FROM moved
    JOIN span ON span.product_id = moved.product_id
    WINDOW later AS (PARTITION BY moved.product_id ORDER BY moved.day DESC)
), in_stock AS (
    SELECT product_id, sum(
        CASE WHEN is_first AND opening > 0 THEN day - 1 ELSE 0 END
        + CASE WHEN day <= window_days AND opening + came > 0 THEN 1 ELSE 0 END
        + CASE WHEN day <= window_days AND opening + change > 0 THEN next_day - day - 1 ELSE 0 END
    )::int AS days
    FROM opened
    GROUP BY product_id
)"""
# The rate of each live product is `hundredths` / `over`: what was sold and used in makings, times the factor in
# hundredths, and the days times 100. The days are those in stock or, if these are less than half of the window, all of
# the window.
DEMAND_BY_OFFER = f"""{SPAN}, {SOLD}, {USED}, {IN_STOCK}, demand AS (
    SELECT counted.*, (sold + used) * (100 * %(factor)s::numeric)::bigint AS hundredths,
        CASE WHEN few_days THEN window_days ELSE in_stock_days END * 100::bigint AS over
    FROM (
        SELECT span.product_id, span.lead_days, span.window_days,
            greatest(coalesce(sold.quantity, 0), 0) AS sold, coalesce(used.quantity, 0) AS used, days.in_stock_days,
            2 * days.in_stock_days < span.window_days AS few_days
        FROM span
        LEFT JOIN sold ON sold.product_id = span.product_id
        LEFT JOIN used ON used.product_id = span.product_id
        LEFT JOIN in_stock ON in_stock.product_id = span.product_id
        CROSS JOIN LATERAL (
            SELECT coalesce(in_stock.days, CASE WHEN span.quantity > 0 THEN span.window_days ELSE 0 END)
                AS in_stock_days
        ) AS days
    ) AS counted
)"""
DEMAND = DEMAND_BY_OFFER.format(**PREFERRED)
# The rate, and the numbers behind it, for the rows of the reports. {demand} is the row of `demand`.
PER_DAY = "round({demand}.hundredths::numeric / {demand}.over, 2)"
BEHIND_THE_RATE = """%(cover)s::int AS cover, %(basis)s::text AS basis, %(first_day)s::date AS window_from,
    %(first_day)s::date + {demand}.window_days - 1 AS window_to,
    {demand}.window_days, {demand}.in_stock_days, {demand}.few_days, %(factor)s::numeric(4, 2) AS factor"""

# --- Suggested orders -----------------------------------------------------------------------------

RECEIPTS_OF_SENT_ORDERS = f"""SELECT receipt.order_id, receipt.operation_id
    FROM purchasing_order AS purchase
    JOIN purchasing_receipt AS receipt
        ON receipt.owner_id = %(owner)s::bigint AND receipt.order_id = purchase.id
    WHERE purchase.owner_id = %(owner)s::bigint AND {IS_SENT}"""

# Returns the ids of the sent orders of which something is outstanding.
OUTSTANDING_ORDERS = f"""
WITH RECURSIVE {ARRIVED.format(receipts=RECEIPTS_OF_SENT_ORDERS, products="", owner="%(owner)s::bigint")}
SELECT DISTINCT purchase.id
FROM purchasing_order AS purchase
JOIN purchasing_orderline AS line ON line.owner_id = %(owner)s::bigint AND line.order_id = purchase.id
LEFT JOIN received ON received.order_id = line.order_id AND received.product_id = line.product_id
WHERE purchase.owner_id = %(owner)s::bigint AND {IS_SENT} AND {OUTSTANDING} > 0
"""
