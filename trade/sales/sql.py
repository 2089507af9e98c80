"""Statements written by hand: the numbers of sales, what is shown of sales, conditions on them.

Each names the owner, so that Citus executes it on one server.
"""

from core.money.amounts import money_of
from products.models.sql_profiles import OPTIONS, PICTURE
from stock.models.sql import BY_ID, IS_UNDONE, OWNER
from stock.models.sql_sales import GIVEN, IS_DONE, LIST_PRICE, SOLD_FOR, TAXED, TOTAL_OF, find_made_by

# The reference that a till's device sends is the name of its key, which has the id that the till had then, and the
# number of the sale. Both texts stay as they are if the shop moves.
SIX_DIGITS = f"0*[1-9]{'[0-9]?' * 5}"
TILL_OF_REFERENCE = f"substring({{operation}}.reference FROM '^(till [1-9][0-9]*) #{SIX_DIGITS}$')"
TILLS_NUMBER = f"substring({{operation}}.reference FROM '^till [1-9][0-9]* #({SIX_DIGITS})$')::bigint"
# Whether a till has numbered the sale. The same reference of somebody else is no number of a till.
IS_NUMBERED_BY_TILL = (
    f"({{performer}}.till IS NOT NULL AND split_part({{performer}}.name, '/', 2) = {TILL_OF_REFERENCE})"
)

# Returns whether the feed has events whose sales may have no number yet.
HAS_UNNUMBERED = """
SELECT EXISTS (
    SELECT FROM events_feedhead AS head
    WHERE head.owner_id = %(owner)s::bigint AND head.position > coalesce(
        (SELECT position FROM sales_series WHERE owner_id = %(owner)s::bigint), 0
    )
)
"""
# Read it in a statement after the lock of the series.
HEAD = "SELECT coalesce((SELECT position FROM events_feedhead WHERE owner_id = %(owner)s::bigint), 0)"
LOCK_SERIES = "SELECT number, position FROM sales_series WHERE owner_id = %(owner)s::bigint FOR UPDATE"
CREATE_SERIES = """
INSERT INTO sales_series (owner_id, number, position) VALUES (%(owner)s::bigint, 0, 0) ON CONFLICT DO NOTHING
"""
# Gives the next numbers to the sales of the events after `after`, up to `head`, in the order of their positions. Run
# this in a statement after the lock of the series. The sale of a till has its number from the till.
NUMBER = f"""
INSERT INTO sales_number (owner_id, number, operation_id)
SELECT event.owner_id, %(last)s::bigint + row_number() OVER (ORDER BY event.position), operation.id
FROM events_event AS event
JOIN stock_operation AS operation ON operation.owner_id = event.owner_id AND operation.id = event.operation
    AND operation.reason = 'sale'
JOIN stock_performer AS performer
    ON performer.owner_id = event.owner_id AND performer.id = operation.performer_id
WHERE event.owner_id = %(owner)s::bigint AND event.position > %(after)s::bigint AND event.position <= %(head)s::bigint
    AND event.type = 'operation.booked'
    AND {IS_NUMBERED_BY_TILL.format(performer="performer", operation="operation")} IS NOT TRUE
"""
MOVE_SERIES = """
UPDATE sales_series SET number = number + %(count)s::bigint, position = %(head)s::bigint
WHERE owner_id = %(owner)s::bigint
"""

# --- What is shown of sales -----------------------------------------------------------------------

# The performer of `{operation}`, the till whose device has booked it, and the customer: that of the order which it has
# fulfilled, or who has bought at the counter.
WHO = """JOIN stock_performer AS performer
    ON performer.owner_id = %(owner)s::bigint AND performer.id = {operation}.performer_id
LEFT JOIN tills_till AS till ON till.owner_id = %(owner)s::bigint AND till.id = performer.till
LEFT JOIN reservations_reservation AS reservation
    ON reservation.owner_id = %(owner)s::bigint AND reservation.operation_id = {operation}.id
LEFT JOIN customers_buyer AS buyer ON buyer.owner_id = %(owner)s::bigint AND buyer.operation_id = {operation}.id
LEFT JOIN customers_customer AS customer
    ON customer.owner_id = %(owner)s::bigint AND customer.id = coalesce(reservation.customer_id, buyer.customer_id)"""
# Returns the number, the till and the customer of these sales.
SHOWN = f"""
SELECT asked.id, coalesce(numbered.number, {TILLS_NUMBER.format(operation="operation")}),
    till.id, till.name, customer.id, customer.name, {IS_UNDONE.format(operation="asked.id")},
    coalesce(customer.id, buyer.id) IS NOT NULL
FROM unnest(%(operations)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    {BY_ID.format(columns="id, reference, performer_id", owner=OWNER, operation="asked.id")}
) AS operation
{WHO.format(operation="operation")}
LEFT JOIN sales_number AS numbered ON numbered.owner_id = %(owner)s::bigint AND numbered.operation_id = asked.id
"""

# Returns what the goods of these sales have cost, less those that came back.
COSTS = f"""
WITH RECURSIVE asked (sale_id) AS (SELECT unnest(%(operations)s::bigint[])), {GIVEN}
SELECT sale_id, sum(CASE WHEN is_sale THEN cost ELSE -cost END) FROM given GROUP BY sale_id
"""

# --- Conditions on sales --------------------------------------------------------------------------

# Each is a condition on the sale `{operation}`, a row of stock_operation.

LISTED = money_of("movement.quantity", f"({LIST_PRICE})")


def write_other_price() -> str:
    """Return the condition that a line of the sale was sold for something else.

    What a line was sold for is not its quantity times the price that applied: the list price, or what was kept. It may
    be rounded to the decimals of the currency.
    """
    return f"""EXISTS (
    SELECT FROM stock_movement AS movement
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = movement.product_id
    WHERE movement.owner_id = %(owner)s::bigint AND movement.operation_id = {{operation}}.id
        AND movement.movement_type = 'OUT'
        AND CASE
            WHEN {find_made_by()} = 'typed' THEN true
            WHEN {find_made_by()} IS NOT NULL THEN EXISTS (
                SELECT FROM stock_sold
                WHERE owner_id = %(owner)s::bigint AND movement_id = movement.id AND discount > 0
            )
            ELSE coalesce({SOLD_FOR} NOT IN ({LISTED}, round({LISTED}, %(places)s::integer)), true)
        END
)"""


# The sale is worth at least this.
HAS_TOTAL = f"{TOTAL_OF.format(operation='{operation}.id')} >= %(total)s::numeric"

# Somebody notes how the sale is paid: it has payments, a customer, or is to be paid later.
IS_NOTED = """(
    EXISTS (SELECT FROM stock_payment WHERE owner_id = %(owner)s::bigint AND operation_id = {operation}.id)
    OR EXISTS (SELECT FROM customers_buyer WHERE owner_id = %(owner)s::bigint AND operation_id = {operation}.id)
    OR EXISTS (
        SELECT FROM reservations_reservation
        WHERE owner_id = %(owner)s::bigint AND operation_id = {operation}.id AND customer_id IS NOT NULL
    )
)"""
PAID = """coalesce((
    SELECT sum(amount) FROM stock_payment WHERE owner_id = %(owner)s::bigint AND operation_id = {operation}
), 0.00)"""
# Something is left to pay. What came back is read only of sales of which something came back.
HAS_DUE = f"""(
    {TOTAL_OF.format(operation="{operation}.id")} > {PAID.format(operation="{operation}.id")} AND (
        NOT EXISTS (SELECT FROM stock_return WHERE owner_id = %(owner)s::bigint AND sale_id = {{operation}}.id)
        OR (
            WITH RECURSIVE asked (sale_id) AS (SELECT {{operation}}.id), {TAXED}
            SELECT sum(CASE WHEN is_sale THEN gross ELSE -gross END) FROM taxed
        ) > {PAID.format(operation="{operation}.id")}
    )
)"""
# Returns the number of those of the sales that are not paid, and the sum of what is due.
UNPAID_OF = f"""
WITH RECURSIVE sold (id) AS (
    {{sales}}
), asked (sale_id) AS (
    SELECT id FROM sold WHERE {IS_NOTED.format(operation="sold")} AND {IS_DONE.format(operation="sold")}
), {TAXED}
SELECT count(*), coalesce(sum(due), 0.00) FROM (
    SELECT sum(CASE WHEN is_sale THEN gross ELSE -gross END) - {PAID.format(operation="taxed.sale_id")} AS due
    FROM taxed GROUP BY sale_id
) AS sale
WHERE due > 0
"""
UNPAID_OF_SALES = UNPAID_OF.format(sales="SELECT unnest(%(sales)s::bigint[])")
# The same of the sales since a time. It reads the newest sales, and the newest that name a customer or are to be paid
# later, which are rarer.
UNPAID = UNPAID_OF.format(
    sales="""(
        SELECT id FROM stock_operation
        WHERE owner_id = %(owner)s::bigint AND reason = 'sale' AND occurred_at >= %(after)s::timestamptz
        ORDER BY occurred_at DESC LIMIT %(limit)s
    )
    UNION
    SELECT operation.id
    FROM (
        SELECT operation_id FROM customers_buyer
        WHERE owner_id = %(owner)s::bigint ORDER BY operation_id DESC LIMIT %(limit)s
    ) AS buyer
    JOIN stock_operation AS operation ON operation.owner_id = %(owner)s::bigint AND operation.id = buyer.operation_id
    WHERE operation.occurred_at >= %(after)s::timestamptz"""
)

# --- The page that sells --------------------------------------------------------------------------

# The goods that are in most of the last sales. It reads a limited number of operations, and of lines of each, so that
# the time does not depend on the size of the ledger.
SOLD_MOST = """
    SELECT kind, goods_id AS id, -count(*) AS place
    FROM (
        SELECT id, reason FROM stock_operation WHERE owner_id = %(owner)s::bigint ORDER BY occurred_at DESC LIMIT 500
    ) AS operation
    CROSS JOIN LATERAL (
        {lines}
    ) AS line
    WHERE operation.reason = 'sale'
    GROUP BY kind, goods_id
"""
PRODUCTS_SOLD = """SELECT 'product' AS kind, product_id AS goods_id FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND operation_id = operation.id AND movement_type = 'OUT' LIMIT 20"""
# The same if there are goods with parts. The parts do not count: `movements` has the places of these.
PRODUCTS_ALONE = """SELECT 'product' AS kind, product_id AS goods_id
        FROM (
            SELECT product_id, movement_type, row_number() OVER (ORDER BY id) - 1 AS place FROM stock_movement
            WHERE owner_id = %(owner)s::bigint AND operation_id = operation.id ORDER BY id LIMIT 20
        ) AS movement
        WHERE movement_type = 'OUT'"""
IS_ALONE = """
        AND NOT EXISTS (
            SELECT FROM {sold} AS sold
            WHERE sold.owner_id = %(owner)s::bigint AND sold.operation_id = operation.id
                AND movement.place = ANY(sold.movements)
        )"""
GOODS_SOLD = """
        UNION ALL
        SELECT '{name}', {name}_id FROM {sold} WHERE owner_id = %(owner)s::bigint AND operation_id = operation.id"""
# The goods that somebody has chosen, in their order.
CHOSEN = (
    "SELECT tile.kind, tile.id::bigint, place"
    " FROM jsonb_array_elements(%(tiles)s::jsonb) WITH ORDINALITY AS chosen (named, place)"
    " CROSS JOIN LATERAL jsonb_each_text(named) AS tile (kind, id)"
)
# Returns the live goods of these.
TILES = f"""
SELECT tile.kind, goods.* FROM ({{tiles}}) AS tile
CROSS JOIN LATERAL (
    SELECT product.id, product.name, product.sku, product.barcode, product.price,
        {OPTIONS.format(product="product", owner=OWNER)} AS options, product.decimals, product.unit,
        CASE WHEN product.has_profile THEN (
            SELECT {PICTURE} FROM products_profile AS profile
            WHERE profile.owner_id = %(owner)s::bigint AND profile.product_id = product.id
        ) END AS picture
    FROM products_product AS product
    WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL
        AND tile.kind = 'product' AND product.id = tile.id
    {{goods}}
) AS goods
ORDER BY tile.place, tile.kind <> 'product', goods.id
LIMIT %(limit)s
"""
GOODS_OF_TILE = (
    "UNION ALL"
    " SELECT {name}.*, NULL, 0, '', NULL FROM ({tile} AND tile.kind = '{name}' AND {name}.id = tile.id) AS {name}"
)
