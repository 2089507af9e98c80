"""Statements on the returns of sales. Those of a booking run while the products are locked."""

from stock.sales.sql import SOLD_FOR
from stock.sql import BY_ID, EARLIER, IS_UNDONE, MOVEMENTS_OF, OWNER

# Returns whether the sale is undone, beside each of its returns and whether that is undone. A sale without returns has
# one row.
RETURNS_OF_SALE = f"""
SELECT {IS_UNDONE.format(operation="%(sale)s::bigint")}, link.operation_id, link.scrapped_id,
    {IS_UNDONE.format(operation="link.operation_id")}
FROM (SELECT) AS one
LEFT JOIN (
    SELECT operation_id, scrapped_id FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND sale_id = %(sale)s::bigint OFFSET 0
) AS link ON true
ORDER BY link.operation_id
"""  # noqa: S608, constants
# Returns the sale of the return that the operation is, and the operation that wrote off its scrap if this stands.
RETURN = f"""
SELECT sale_id, CASE WHEN scrapped_id IS NOT NULL AND NOT {IS_UNDONE.format(operation="scrapped_id")}
    THEN scrapped_id END
FROM stock_return WHERE owner_id = %(owner)s::bigint AND operation_id = %(operation)s::bigint
"""  # noqa: S608, constants
# Returns the return whose scrap the operation has written off, if it is undone.
UNDONE_OF_SCRAP = f"""
SELECT operation_id FROM stock_return
WHERE owner_id = %(owner)s::bigint AND scrapped_id = %(operation)s::bigint
    AND {IS_UNDONE.format(operation="operation_id")}
"""  # noqa: S608, constants
# Returns the operation that began the chain of reversals whose last one is the operation, its reason, and how many
# reversals follow it in the chain.
FIRST = f"""
WITH RECURSIVE chain (id, reverses_id, reason, length) AS (
    ({BY_ID.format(columns="id, reverses_id, reason, 0", owner=OWNER, operation="%(operation)s::bigint")})
    UNION ALL
    SELECT earlier.id, earlier.reverses_id, earlier.reason, chain.length + 1 FROM chain CROSS JOIN LATERAL (
        {EARLIER}
    ) AS earlier
)
SELECT id, reason, length FROM chain WHERE reverses_id IS NULL
"""  # noqa: S608, constants
# Returns what each movement of these operations was sold for, and which movement it takes back, with what for.
WORTHS = f"""
SELECT movement.id, {SOLD_FOR}, link.source_id, link.total
FROM unnest(%(operations)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="asked.id")}
) AS movement
JOIN products_product AS product ON product.owner_id = {OWNER} AND product.id = movement.product_id
LEFT JOIN stock_returned AS link ON link.owner_id = {OWNER} AND link.movement_id = movement.id
"""  # noqa: S608, constants
INSERT_RETURNED = """
INSERT INTO stock_returned (owner_id, movement_id, source_id, total)
SELECT %(owner)s::bigint, * FROM unnest(%(movements)s::bigint[], %(sources)s::bigint[], %(worths)s::numeric[])
"""
INSERT = """
INSERT INTO stock_return (owner_id, sale_id, operation_id, scrapped_id)
VALUES (%(owner)s, %(sale)s, %(operation)s, %(scrapped)s)
"""

# Returns what responses show of sales and returns: the returns that these operations are or have, each with whether it
# is undone and with its quantities by product and by the movement that they take back. A row without a return says
# whether a reversed sale is undone. A return of a product without stock has movements of both types with the same
# quantity, of which one takes something back. In a return of an earlier release none does: the quantity counts once.
SOURCE = f"""(
    SELECT source_id FROM stock_returned AS taken
    WHERE owner_id = {OWNER} AND movement_id BETWEEN stock_movement.id AND stock_movement.id
    ORDER BY movement_id LIMIT 1
) AS source_id"""  # noqa: S608, constants
RETURNED = MOVEMENTS_OF.format(
    columns=f"product_id, quantity, movement_type, {SOURCE}", owner=OWNER, operation="link.operation_id"
)
SHOWN_RETURNS = f"""
SELECT link.sale_id, link.operation_id, link.scrapped_id, {IS_UNDONE.format(operation="link.operation_id")}, (
    SELECT json_agg(json_build_array(product_id, source_id, quantity)) FROM (
        SELECT product_id, source_id, greatest(
            sum(quantity) FILTER (WHERE movement_type = 'IN'), sum(quantity) FILTER (WHERE movement_type = 'OUT')
        ) AS quantity
        FROM (
            {RETURNED}
        ) AS returned GROUP BY product_id, source_id
    ) AS movement
)
FROM (
    SELECT sale_id, operation_id, scrapped_id FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND sale_id = ANY(%(operations)s::bigint[])
    UNION
    SELECT sale_id, operation_id, scrapped_id FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND operation_id = ANY(%(operations)s::bigint[])
) AS link
UNION ALL
SELECT sale.id, NULL, NULL, {IS_UNDONE.format(operation="sale.id")}, NULL
FROM unnest(%(reversed)s::bigint[]) AS sale (id)
ORDER BY 2
"""  # noqa: S608, constants
