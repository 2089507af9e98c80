"""What has arrived for orders, and what suppliers ask: SQL that other rooms put into their statements, too."""

from stock.models.sql import MOVEMENTS_OF, REVERSAL_OF

IS_SENT = "purchase.state = 'sent'"  # drafts and closed orders have no outstanding quantity
CHANGED = "product_id, new_quantity - old_quantity AS change"
# The quantity of each product that has arrived for some orders. It is the sum of the movements of their deliveries, of
# the returns to the supplier, and of all reversals of these, at any depth. A reversal is the opposite of the reversed
# operation, so undone operations add nothing to the sum. Each row is found by the index of its key: the planner can't
# know that few are found, and without OFFSET 0 it may read all movements of a product instead. `sign` is -1 for what
# undoes or returns a delivery. What a product without stock gets leaves it in the same operation, so only movements in
# this direction count.
#
# These are common table expressions of a WITH RECURSIVE. {receipts} selects the deliveries, and {products} may be a
# condition on movement.product_id.
ARRIVED = f"""arrival (order_id, operation_id, sign) AS (
    SELECT order_id, operation_id, 1 FROM ({{receipts}}) AS receipt
    UNION ALL
    SELECT arrival.order_id, reversal.id, -arrival.sign
    FROM arrival
    CROSS JOIN LATERAL (
        ({REVERSAL_OF.format(columns="id", owner="{owner}", operation="arrival.operation_id")})
        UNION ALL
        SELECT operation_id FROM stock_return WHERE owner_id = {{owner}} AND sale_id = arrival.operation_id
            AND scrapped_id IS NULL OFFSET 0
    ) AS reversal
), received AS (
    SELECT arrival.order_id, movement.product_id, sum(movement.change)::bigint AS quantity
    FROM arrival
    JOIN LATERAL (
        {MOVEMENTS_OF.format(columns=CHANGED, owner="{owner}", operation="arrival.operation_id")}
    ) AS movement ON movement.change * arrival.sign > 0
    {{products}}
    GROUP BY arrival.order_id, movement.product_id
)"""
# The outstanding quantity of a line, given the row of `received` with its arrived quantity. More may have arrived than
# was ordered. purchasing.lines.compute_outstanding() is the same in Python.
OUTSTANDING = f"CASE WHEN {IS_SENT} THEN greatest(line.quantity - coalesce(received.quantity, 0), 0) ELSE 0 END"

# For a shop that has sent no order, or has closed all of them, one look-up in an index replaces the sum.
HAS_SENT_ORDERS = f"EXISTS (SELECT FROM purchasing_order AS purchase WHERE purchase.owner_id = {{owner}} AND {IS_SENT})"
# For a page of products: 0 if no order is sent, or else NULL, and another statement reads the quantity. Within the
# statement of the page, PostgreSQL estimates such a high cost for the sum that it would compile the statement first.
ZERO_OR_UNREAD = f"CASE WHEN {HAS_SENT_ORDERS} THEN NULL ELSE 0 END"
RECEIPTS_OF_LINE = """SELECT order_id, operation_id FROM purchasing_receipt
            WHERE owner_id = {owner} AND order_id = line.order_id"""
ARRIVED_OF_LINE = ARRIVED.format(
    receipts=RECEIPTS_OF_LINE, products="WHERE movement.product_id = line.product_id", owner="{owner}"
)
# The sum over the lines of sent orders for some products.
SUM_OUTSTANDING = f"""
    SELECT {{columns}} coalesce(sum({OUTSTANDING}), 0)::bigint AS on_order
    FROM purchasing_orderline AS line
    JOIN purchasing_order AS purchase
        ON purchase.owner_id = {{owner}} AND purchase.id = line.order_id AND {IS_SENT}
    LEFT JOIN LATERAL (WITH RECURSIVE {ARRIVED_OF_LINE} SELECT quantity FROM received) AS received ON true
    WHERE line.owner_id = {{owner}} AND line.product_id"""
OF_ONE = SUM_OUTSTANDING.format(columns="", owner="{owner}")
OF_EACH = SUM_OUTSTANDING.format(columns="line.product_id AS id,", owner="%(owner)s::bigint")
ON_ORDER = f"CASE WHEN {HAS_SENT_ORDERS} THEN ({OF_ONE} = {{product}}.id) ELSE 0 END"
# Returns the quantity on order of each of these products. Products that were never ordered are omitted.
ON_ORDER_BY_PRODUCT = f"{OF_EACH} = ANY(%(products)s::bigint[]) GROUP BY line.product_id"

# What {supplier} asks for `product`, as a row {terms}. Its preferred offer is in the product's row, and so are the pack
# and the cost of a product that no supplier offers. A supplier without an offer has nothing of another one.
TERMS_OF = """CROSS JOIN LATERAL (
    SELECT CASE WHEN in_product THEN product.supplier_sku ELSE coalesce(offer.supplier_sku, '') END AS supplier_sku,
        CASE WHEN in_product THEN product.pack_size ELSE coalesce(offer.pack_size, 1) END AS pack_size,
        CASE WHEN in_product THEN product.cost_price ELSE offer.cost_price END AS cost_price,
        coalesce(offer.min_packs, 1) AS min_packs, in_product OR offer.id IS NOT NULL AS is_offered
    FROM (
        SELECT coalesce(coalesce(product.supplier_id, product.kept_supplier_id) = {supplier}, NOT EXISTS (
            SELECT FROM products_offer AS other
            WHERE other.owner_id = %(owner)s::bigint AND other.product_id = product.id
        )) AS in_product
    ) AS found
    LEFT JOIN products_offer AS offer
        ON offer.owner_id = %(owner)s::bigint AND offer.product_id = product.id AND offer.supplier_id = {supplier}
) AS {terms}"""
# Gives the lines of drafts whose supplier was changed the costs of the new one. A line keeps its cost if that is not
# the one of the former supplier. After a merge, what only the former one offered is an offer of the new one.
FOLLOW = f"""
UPDATE purchasing_orderline AS line SET unit_cost = terms.cost_price
FROM products_product AS product
{TERMS_OF.format(terms="terms", supplier="%(supplier)s::bigint")}
{TERMS_OF.format(terms="former", supplier="%(former)s::bigint")}
WHERE line.owner_id = %(owner)s::bigint AND line.order_id = ANY(%(orders)s::bigint[]) AND line.cost IS NULL
    AND product.owner_id = %(owner)s::bigint AND product.id = line.product_id
    AND line.unit_cost IS NOT DISTINCT FROM former.cost_price AND line.unit_cost IS DISTINCT FROM terms.cost_price
    AND (terms.is_offered OR NOT %(is_merged)s)
"""
