"""Statements written by hand: what has arrived for orders and what was sold, by the ledger, and suggested orders.

`{owner}` is the account's id. The statements call the tables of orders and of their lines `purchase` and `line`.
"""

from core.amounts import money_of
from stock.sql import IS_UNDONE
from trade.reservations.sql import RESERVED_LINES

IS_SENT = "purchase.state = 'sent'"  # drafts and closed orders have no outstanding quantity

# The quantity of each product that has arrived for some orders. It is the sum of the movements of their deliveries, of
# the reversals of these, of the reversals of these reversals, and so on. A reversal is the opposite of the reversed
# operation, so the sum is the quantity of the deliveries that are not undone. Each row is found by the index of its
# key: the planner can't know that few are found, and without OFFSET 0 it may read all movements of a product instead.
#
# These are common table expressions of a WITH RECURSIVE. {receipts} selects the deliveries, and {products} may be a
# condition on movement.product_id.
ARRIVED = """arrival (order_id, operation_id) AS (
    {receipts}
    UNION ALL
    SELECT arrival.order_id, reversal.id
    FROM arrival
    CROSS JOIN LATERAL (
        SELECT id FROM stock_operation WHERE owner_id = {owner} AND reverses_id = arrival.operation_id OFFSET 0
    ) AS reversal
), received AS (
    SELECT arrival.order_id, movement.product_id, sum(movement.change)::bigint AS quantity
    FROM arrival
    CROSS JOIN LATERAL (
        SELECT product_id, new_quantity - old_quantity AS change FROM stock_movement
        WHERE owner_id = {owner} AND operation_id = arrival.operation_id OFFSET 0
    ) AS movement
    {products}
    GROUP BY arrival.order_id, movement.product_id
)"""
# The outstanding quantity of a line, given the row of `received` with its arrived quantity. More may have arrived than
# was ordered. purchasing.lines.compute_outstanding() is the same in Python.
OUTSTANDING = f"CASE WHEN {IS_SENT} THEN greatest(line.quantity - coalesce(received.quantity, 0), 0) ELSE 0 END"

RECEIPTS_OF_ORDERS = """SELECT order_id, operation_id FROM purchasing_receipt
    WHERE owner_id = %(owner)s::bigint AND order_id = ANY(%(orders)s::bigint[])"""
# Returns the quantity of each product that has arrived for these orders.
RECEIVED = f"""
WITH RECURSIVE {ARRIVED.format(receipts=RECEIPTS_OF_ORDERS, products="", owner="%(owner)s::bigint")}
SELECT order_id, product_id, quantity FROM received
"""  # noqa: S608, constants

# --- Sales ----------------------------------------------------------------------------------------

# The sales of a period, and their reversals. A reversal has the opposite sign of its sale, a reversal of the reversal
# has the sign of the sale again, and so on. The sum is 1 for a sale that counts, and 0 for a sale that was undone.
SALES = """sale AS (
    SELECT id AS operation_id, id AS latest_id, 1 AS sign, occurred_at AS at
    FROM stock_operation
    WHERE owner_id = %(owner)s::bigint AND reason = 'sale' AND {period}
    UNION ALL
    SELECT sale.operation_id, reversal.id, -sale.sign, sale.at
    FROM sale
    JOIN stock_operation AS reversal
        ON reversal.owner_id = %(owner)s::bigint AND reversal.reverses_id = sale.latest_id
)"""
# The returns of a period that are not undone, each with its sale, by the time when they happened.
BACK = f"""back AS (
    SELECT operation.id AS operation_id, link.sale_id, operation.occurred_at AS at
    FROM stock_operation AS operation
    CROSS JOIN LATERAL (
        SELECT sale_id FROM stock_return WHERE owner_id = %(owner)s::bigint AND operation_id = operation.id OFFSET 0
    ) AS link
    WHERE operation.owner_id = %(owner)s::bigint AND operation.reason = 'return' AND {{period}}
        AND NOT {IS_UNDONE.format(operation="operation.id")}
)"""  # noqa: S608, constants
SINCE = "occurred_at > %(instant)s::timestamptz"
# The quantity of each product sold since %(instant)s, by the time when the sale happened, less what came back of these
# sales. A return is not older than its sale, so all of these returns have happened since then, too.
SOLD = SALES.format(period=SINCE) + ", " + BACK.format(period=SINCE) + f""", sold AS (
    SELECT product_id, sum(quantity)::bigint AS quantity FROM (
        SELECT movement.product_id, sale.sign * (movement.old_quantity - movement.new_quantity) AS quantity
        FROM sale
        JOIN stock_movement AS movement
            ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = sale.operation_id
        UNION ALL
        SELECT movement.product_id, -movement.quantity
        FROM back
        CROSS JOIN LATERAL (
            SELECT FROM stock_operation WHERE owner_id = %(owner)s::bigint AND id = back.sale_id AND {SINCE} OFFSET 0
        ) AS counted
        CROSS JOIN LATERAL (
            SELECT product_id, quantity FROM stock_movement
            WHERE owner_id = %(owner)s::bigint AND operation_id = back.operation_id OFFSET 0
        ) AS movement
    ) AS kept
    GROUP BY product_id
)"""  # fmt: skip  # noqa: S608, constants

# --- Suggested orders -----------------------------------------------------------------------------

RECEIPTS_OF_SENT_ORDERS = f"""SELECT receipt.order_id, receipt.operation_id
    FROM purchasing_order AS purchase
    JOIN purchasing_receipt AS receipt
        ON receipt.owner_id = %(owner)s::bigint AND receipt.order_id = purchase.id
    WHERE purchase.owner_id = %(owner)s::bigint AND {IS_SENT}"""  # noqa: S608, constants

# Returns the live products that need more than what is available and on order, with every number from which the need is
# computed. Products are ordered by supplier, those without one last, and then by the day on which they run out.
#
# needed = min_threshold + 1 + sold * (lead_days + cover) / days, rounded up, less the quantities available, on order
# and in drafts: with this, the stock stays above its threshold until `cover` days after the delivery. Each table is
# compared with the owner by a parameter, so that Citus sends the statement to one server.
REORDER = f"""
WITH RECURSIVE {SOLD}, reserved AS (
    SELECT line.product_id, sum(line.quantity)::bigint AS quantity
    FROM {RESERVED_LINES.format(owner="%(owner)s::bigint")}
    GROUP BY line.product_id
), {ARRIVED.format(receipts=RECEIPTS_OF_SENT_ORDERS, products="", owner="%(owner)s::bigint")}, ordered AS (
    SELECT line.product_id,
        sum({OUTSTANDING})::bigint AS on_order,
        sum(line.quantity) FILTER (WHERE purchase.state = 'draft')::bigint AS in_draft
    FROM purchasing_order AS purchase
    JOIN purchasing_orderline AS line ON line.owner_id = %(owner)s::bigint AND line.order_id = purchase.id
    LEFT JOIN received ON received.order_id = line.order_id AND received.product_id = line.product_id
    WHERE purchase.owner_id = %(owner)s::bigint AND purchase.state IN ('draft', 'sent')
    GROUP BY line.product_id
), known AS (
    SELECT product.id AS product, product.name, product.sku, product.supplier_sku, product.quantity,
        product.min_threshold, product.pack_size,
        product.cost_price AS unit_cost, product.unit, product.decimals,
        supplier.id AS supplier, supplier.name AS supplier_name,
        coalesce(supplier.lead_days, %(default_lead_days)s::int) AS lead_days,
        coalesce(reserved.quantity, 0) AS reserved,
        coalesce(ordered.on_order, 0) AS on_order,
        coalesce(ordered.in_draft, 0) AS in_draft,
        greatest(coalesce(sold.quantity, 0), 0) AS sold
    FROM products_product AS product
    LEFT JOIN suppliers_supplier AS supplier
        ON supplier.owner_id = %(owner)s::bigint AND supplier.id = product.supplier_id
    LEFT JOIN sold ON sold.product_id = product.id
    LEFT JOIN reserved ON reserved.product_id = product.id
    LEFT JOIN ordered ON ordered.product_id = product.id
    WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL
        AND (%(supplier)s::bigint IS NULL OR product.supplier_id = %(supplier)s::bigint)
        AND (%(supplier_name)s::text IS NULL OR lower(supplier.name) = lower(%(supplier_name)s::text))
), short AS (
    SELECT known.*, quantity * %(days)s::bigint / nullif(sold, 0) AS days_left,
        min_threshold + 1 + (sold * (lead_days + %(cover)s::bigint) + %(days)s::bigint - 1) / %(days)s::bigint
            - (quantity - reserved + on_order + in_draft) AS needed
    FROM known
), packed AS (
    SELECT short.*, (needed + pack_size - 1) / pack_size AS packs FROM short WHERE needed > 0
)
SELECT supplier, supplier_name, product, name, sku, supplier_sku, quantity, reserved, on_order, in_draft, min_threshold,
    sold, lead_days, days_left,
    CASE WHEN days_left <= %(most_days_ahead)s::bigint
        THEN greatest(%(today)s::date, %(today)s::date + (days_left - lead_days)::int) END AS order_by,
    needed, pack_size, packs, packs * pack_size AS suggested,
    (sold * lead_days + %(days)s::bigint - 1) / %(days)s::bigint AS suggested_threshold,
    unit_cost, {money_of("packs * pack_size", "unit_cost", "packed")} AS cost, unit, decimals,
    count(*) OVER () AS in_all
FROM packed
ORDER BY lower(supplier_name), supplier, quantity::numeric / nullif(sold, 0), product
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
