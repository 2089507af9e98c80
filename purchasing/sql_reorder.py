"""The statement that computes the suggestions for orders."""

from purchasing.sql import ARRIVED, IS_SENT, OUTSTANDING
from purchasing.sql_sold import SOLD
from reservations.sql import RESERVED_LINES

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
        product.cost_price AS unit_cost,
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
    needed, pack_size, packs, packs * pack_size AS suggested, unit_cost, packs * pack_size * unit_cost AS cost,
    count(*) OVER () AS in_all
FROM packed
ORDER BY lower(supplier_name), supplier, quantity::numeric / nullif(sold, 0), product
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
