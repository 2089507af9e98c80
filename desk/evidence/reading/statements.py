"""SQL statements of the evidence of a stock. Each names the owner, so that Citus executes it on one server.

What had happened by the instant, by the clock, and was recorded by `recorded_until`, counts. Bookings never change, so
the same parameters always select the same ones. Names are those at `recorded_until`: the history has later changes.
"""

from desk.reports.reading.account import AMOUNTS
from desk.reports.reading.statements import LEDGER
from stock.models.sql import OWNER, REVERSAL_OF, SINCE_FIRST

# A pack reads most rows of a shop. Before PostgreSQL has statistics of these, it expects a few, and would compare each
# row of a join with each other. Without nested loops it compares those that are equal, so all joins are by equality.
PLAN_FOR_MANY_ROWS = "SET LOCAL enable_nestloop = off"
SIGN = "CASE movement.movement_type WHEN 'IN' THEN 1 ELSE -1 END"
# Selects the movements that count. An IN has the sign 1, an OUT -1.
COUNTED = f"""
    SELECT movement.id, movement.product_id, operation.id AS operation_id, operation.occurred_at,
        {SIGN} AS sign, movement.quantity, movement.value
    FROM {LEDGER}
        AND operation.{{clock}} <= %(as_of)s::timestamptz AND operation.created_at <= %(recorded_until)s::timestamptz
"""  # noqa: S608, constants
# Selects the changes of what lies at each place. The rows without a place have what lies nowhere, and all values.
FLOW = """
    SELECT product_id, operation_id, occurred_at, NULL::bigint AS location_id, NULL::bigint AS lot_id,
        sign * quantity AS quantity, sign * value AS value
    FROM counted
    UNION ALL
    SELECT counted.product_id, operation_id, occurred_at, place.location_id, place.lot_id, sign * place.quantity, 0
    FROM counted
    JOIN stock_portion AS portion ON portion.owner_id = %(owner)s::bigint AND portion.movement_id = counted.id
    CROSS JOIN LATERAL (VALUES
        (portion.location_id, portion.lot_id, portion.quantity), (NULL, NULL, -portion.quantity)
    ) AS place (location_id, lot_id, quantity)
"""
# Selects these changes once for each count to which they may belong: that of the product, of what lies nowhere, at a
# location, in a lot, or in a lot at a location. A location or a lot that the count does not name is 0.
GOODS = """
    SELECT flow.product_id, operation_id, occurred_at, quantity, goods.location_id, goods.lot_id, goods.nowhere
    FROM flow CROSS JOIN LATERAL (VALUES
        (0, 0, false, true), (0, 0, true, flow.location_id IS NULL AND flow.lot_id IS NULL),
        (flow.location_id, 0, false, flow.location_id IS NOT NULL), (0, flow.lot_id, false, flow.lot_id IS NOT NULL),
        (flow.location_id, flow.lot_id, false, flow.location_id IS NOT NULL AND flow.lot_id IS NOT NULL)
    ) AS goods (location_id, lot_id, nowhere, is_there)
    WHERE is_there
"""
# Whether the operation `{operation}` was undone at the instant. A reversal can be reversed, and so on.
REVERSAL = REVERSAL_OF.format(columns="id, occurred_at, created_at", owner=OWNER, operation="chain.id")
IS_UNDONE = f"""(
    WITH RECURSIVE chain (id, is_undone) AS (
        SELECT {{operation}}, false
        UNION ALL
        SELECT reversal.id, NOT chain.is_undone FROM chain
        CROSS JOIN LATERAL (
            {REVERSAL}
        ) AS reversal
        WHERE reversal.{{{{clock}}}} <= %(as_of)s::timestamptz
            AND reversal.created_at <= %(recorded_until)s::timestamptz
    )
    SELECT is_undone FROM chain ORDER BY id DESC LIMIT 1
)"""  # noqa: S608, constants
# Selects what the fields of rows were at `recorded_until`, by kind and id: the old values of the first changes since.
FORMER = """
    SELECT change.kind, change.row_id,
        jsonb_object_agg(field.key, field.value -> 0 ORDER BY change.id DESC) AS fields
    FROM history_change AS change CROSS JOIN LATERAL jsonb_each(change.changes) AS field
    WHERE change.owner_id = %(owner)s::bigint AND change.at > %(recorded_until)s::timestamptz
        AND change.kind IN ('product', 'category', 'supplier', 'location', 'lot', 'shop')
    GROUP BY change.kind, change.row_id
"""


def was(former: str, field: str, present: str) -> str:
    """Return the SQL of the text of a field at `recorded_until`."""
    return f"CASE WHEN {former}.fields ? '{field}' THEN {former}.fields ->> '{field}' ELSE {present}::text END"


def join_former(former: str, kind: str, row: str) -> str:
    return f"LEFT JOIN former AS {former} ON {former}.kind = '{kind}' AND {former}.row_id = {row}"


# Selects the products with their names and categories.
NAMED = f"""
    SELECT of_product.*, {was("of_category", "name", "category.name")} AS category_name
    FROM (
        SELECT product.id, {was("past", "name", "product.name")} AS name, {was("past", "sku", "product.sku")} AS sku,
            {was("past", "unit", "product.unit")} AS unit,
            ({was("past", "decimals", "product.decimals")})::integer AS decimals,
            CASE WHEN past.fields ? 'category' THEN (past.fields -> 'category' ->> 'id')::bigint
                ELSE product.category_id END AS category_id
        FROM products_product AS product {join_former("past", "product", "product.id")}
        WHERE product.owner_id = %(owner)s::bigint
    ) AS of_product
    LEFT JOIN products_category AS category
        ON category.owner_id = %(owner)s::bigint AND category.id = of_product.category_id
    {join_former("of_category", "category", "category.id")}
"""  # noqa: S608, constants

# Returns each product that had moved, with what of it lay where. Its rows come together.
INVENTORY = f"""
WITH former AS MATERIALIZED ({FORMER}), counted AS MATERIALIZED ({COUNTED}), held AS MATERIALIZED (
    SELECT product_id, location_id, lot_id, sum(quantity)::bigint AS quantity, sum(value) AS value
    FROM ({FLOW}) AS flow GROUP BY product_id, location_id, lot_id
)
SELECT named.id, named.name, named.sku, named.category_id, named.category_name, named.unit, named.decimals,
    held.location_id, {was("of_location", "name", "location.name")}, held.lot_id,
    {was("of_lot", "code", "lot.code")}, ({was("of_lot", "expires_on", "lot.expires_on")})::date,
    held.quantity, held.value
FROM held
JOIN ({NAMED}) AS named ON named.id = held.product_id
LEFT JOIN stock_location AS location ON location.owner_id = %(owner)s::bigint AND location.id = held.location_id
LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = held.lot_id
{join_former("of_location", "location", "location.id")} {join_former("of_lot", "lot", "lot.id")}
WHERE held.quantity <> 0 OR held.location_id IS NULL AND held.lot_id IS NULL
ORDER BY held.product_id, held.location_id NULLS FIRST, held.lot_id NULLS FIRST
"""  # noqa: S608, constants

# Returns the last count of each product, place and lot that was not reversed, with what has changed there since.
COUNTS = f"""
WITH former AS MATERIALIZED ({FORMER}), counted AS MATERIALIZED ({COUNTED}), flow AS MATERIALIZED ({FLOW}),
last AS MATERIALIZED (
    SELECT DISTINCT ON (found.product_id, found.location_id, found.lot_id, found.nowhere) found.*
    FROM stock_stockcount AS found
    WHERE found.owner_id = %(owner)s::bigint AND NOT found.outdated
        AND found.{{count_clock}} <= %(as_of)s::timestamptz AND found.created_at <= %(recorded_until)s::timestamptz
        AND NOT coalesce({IS_UNDONE.format(operation="found.operation_id")}, false)
    ORDER BY found.product_id, found.location_id, found.lot_id, found.nowhere, found.counted_at DESC, found.id DESC
)
SELECT last.id, last.counted_at, last.created_at, named.id, named.name, named.sku, last.location_id,
    {was("of_location", "name", "location.name")}, last.lot_id, {was("of_lot", "code", "lot.code")}, last.nowhere,
    last.expected, last.counted, since.moved, since.held, last.operation_id, named.decimals
FROM last
JOIN ({NAMED}) AS named ON named.id = last.product_id
LEFT JOIN stock_location AS location ON location.owner_id = %(owner)s::bigint AND location.id = last.location_id
LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = last.lot_id
{join_former("of_location", "location", "location.id")} {join_former("of_lot", "lot", "lot.id")}
JOIN (
    SELECT last.id, coalesce(sum(flow.quantity), 0)::bigint AS held,
        coalesce(sum(flow.quantity) FILTER (
            WHERE flow.occurred_at > last.counted_at AND flow.operation_id IS DISTINCT FROM last.operation_id
        ), 0)::bigint AS moved
    FROM last
    LEFT JOIN ({GOODS}) AS flow ON flow.product_id = last.product_id
        AND flow.location_id = coalesce(last.location_id, 0) AND flow.lot_id = coalesce(last.lot_id, 0)
        AND flow.nowhere = last.nowhere
    GROUP BY last.id
) AS since ON since.id = last.id
ORDER BY last.id
"""  # noqa: S608, constants

# Returns the lines of the deliveries since the start, and whether each was undone at the instant. Of an archived
# supplier, its order keeps the id. A delivery without an order can have a supplier of its own.
PURCHASES = f"""
WITH former AS MATERIALIZED ({FORMER})
SELECT operation.occurred_at, operation.created_at, operation.id, operation.reference, purchase.id,
    coalesce(purchase.supplier_id, purchase.kept_supplier_id, supplier.id),
    coalesce(purchase.supplier_name, {was("of_supplier", "name", "supplier.name")}),
    movement.product_id, movement.product_name,
    {was("of_product", "sku", "product.sku")}, {SIGN} * movement.quantity, {SIGN} * movement.value,
    {IS_UNDONE.format(operation="operation.id")}, ({was("of_product", "decimals", "product.decimals")})::integer,
    {was("of_product", "unit", "product.unit")}
FROM stock_operation AS operation
JOIN stock_movement AS movement ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = operation.id
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = movement.product_id
{join_former("of_product", "product", "product.id")}
LEFT JOIN purchasing_receipt AS receipt
    ON receipt.owner_id = %(owner)s::bigint AND receipt.operation_id = operation.id
LEFT JOIN purchasing_order AS purchase ON purchase.owner_id = %(owner)s::bigint AND purchase.id = receipt.order_id
LEFT JOIN stock_delivery AS delivery
    ON delivery.owner_id = %(owner)s::bigint AND delivery.operation_id = operation.id
LEFT JOIN suppliers_supplier AS supplier
    ON supplier.owner_id = %(owner)s::bigint AND supplier.id = delivery.supplier_id
{join_former("of_supplier", "supplier", "supplier.id")}
WHERE operation.owner_id = %(owner)s::bigint AND operation.reason = 'purchase'
    AND operation.{{clock}} <= %(as_of)s::timestamptz AND operation.created_at <= %(recorded_until)s::timestamptz
    AND operation.{{clock}} >= %(start)s::timestamptz
    AND {SINCE_FIRST.format(period="operation.{clock} >= %(start)s::timestamptz")}
ORDER BY operation.id, movement.id
"""  # noqa: S608, constants

# Returns the account of each category, and in total. It comes after the tables of build_account().
ACCOUNT = f""", former AS MATERIALIZED ({FORMER})
SELECT CASE grouping(named.category_id) WHEN 1 THEN 'total' ELSE 'category' END, named.category_id,
    named.category_name, {", ".join(f"coalesce(sum(account.{name}), 0.00)" for name in AMOUNTS)}
FROM account JOIN ({NAMED}) AS named ON named.id = account.product_id
GROUP BY GROUPING SETS ((named.category_id, named.category_name), ())
ORDER BY grouping(named.category_id), named.category_id NULLS FIRST
"""  # noqa: S608, constants

# Returns the seals up to the first one that covers all operations recorded by `recorded_until`.
SEALS = """
SELECT number, format, from_position, to_position, operations, movements, created_at, encode(previous, 'hex'),
    encode(digest, 'hex')
FROM stock_seal
WHERE owner_id = %(owner)s::bigint AND from_position <= (
    SELECT max(event.position) FROM events_event AS event
    JOIN stock_operation AS operation ON operation.owner_id = %(owner)s::bigint AND operation.id = event.operation
    WHERE event.owner_id = %(owner)s::bigint AND event.type = 'operation.booked'
        AND operation.created_at <= %(recorded_until)s::timestamptz
)
ORDER BY number
"""
# Returns the shop as it was at `recorded_until`.
SHOP = f"""
WITH former AS ({FORMER})
SELECT {was("past", "shop_name", "shop.shop_name")}, {was("past", "currency", "shop.currency")},
    {was("past", "time_zone", "shop.time_zone")}
FROM users_user AS shop {join_former("past", "shop", "shop.id")}
WHERE shop.id = %(owner)s::bigint
"""  # noqa: S608, constants
