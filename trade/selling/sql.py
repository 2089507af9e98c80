"""Statements on sales: their rates and discounts, and what came back of them."""

from stock.models.sql import BY_ID, EARLIER, IS_UNDONE, LATER, MOVEMENTS_OF, OWNER
from stock.models.sql_sales import SOLD_FOR

# Returns the value that a setting of the shop, which is true or false, had at a time, if it has changed since.
SETTING_THEN = """
SELECT changes -> %(setting)s ->> 0 = 'true' FROM history_change
WHERE owner_id = %(owner)s::bigint AND kind = 'shop' AND row_id = %(owner)s::bigint
    AND changes ? %(setting)s AND at > %(at)s::timestamptz
ORDER BY id LIMIT 1
"""


# Keeps the rates of VAT and the discounts of the movements of a sale, where there are any. The products are locked.
KEEP = """
INSERT INTO stock_sold (owner_id, movement_id, rate, category, reason, is_net, discount)
SELECT product.owner_id, line.movement_id, {rate}, CASE WHEN {rate} = 0 THEN tax.category END,
    CASE WHEN {rate} = 0 THEN nullif(tax.reason, '') END, tax.rate IS NOT NULL AND coalesce(line.is_net, {is_net}),
    line.discount
FROM products_product AS product
JOIN unnest(%(movements)s::bigint[], %(products)s::bigint[], %(discounts)s::numeric[], %(nets)s::boolean[])
    AS line (movement_id, product_id, discount, is_net) ON line.product_id = product.id
{change}LEFT JOIN products_tax AS tax ON tax.owner_id = product.owner_id AND tax.id = {tax_id}
WHERE product.owner_id = %(owner)s::bigint AND (tax.rate IS NOT NULL OR line.discount > 0)
ORDER BY line.movement_id
"""
KEEP_SOLD = KEEP.format(rate="tax.rate", is_net="%(is_net)s", change="", tax_id="product.tax_id")
# Returns the percentage that a rate had at a time, if it has changed since. It compares the owner with the product's as
# well, because Citus only joins tables on the columns by which they are distributed.
RATE_THEN = """
SELECT (changes #>> '{rate,0}')::numeric FROM history_change
WHERE history_change.owner_id = %(owner)s::bigint AND history_change.owner_id = product.owner_id
    AND kind = 'tax' AND row_id = tax.id
    AND changes ? 'rate' AND at > %(at)s::timestamptz
ORDER BY id LIMIT 1
"""
# The same for a sale that happened earlier. The rate of then is the one that the first later change has replaced, and
# the setting says whether prices included VAT then.
KEEP_SOLD_LATE = KEEP.format(
    rate=f"coalesce(({RATE_THEN}), tax.rate)",
    is_net=f"coalesce(NOT ({SETTING_THEN}), %(is_net)s)",
    change="""LEFT JOIN LATERAL (
    SELECT true AS is_there, (changes #>> '{tax,0,id}')::bigint AS tax_id FROM history_change
    WHERE history_change.owner_id = product.owner_id AND kind = 'product' AND row_id = product.id
        AND changes ? 'tax' AND at > %(at)s::timestamptz
    ORDER BY id LIMIT 1
) AS change ON true
""",
    tax_id="CASE WHEN change.is_there THEN change.tax_id ELSE product.tax_id END",
)

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
"""
# Returns the sale of the return that the operation is, and the operation that wrote off its scrap if this stands.
RETURN = f"""
SELECT sale_id, CASE WHEN NOT {IS_UNDONE.format(operation="scrapped_id")} THEN scrapped_id END
FROM stock_return WHERE owner_id = %(owner)s::bigint AND operation_id = %(operation)s::bigint
"""
# Returns the operation that brought what this one has written off, its reason, and whether it is undone: a return, or
# what arrived damaged.
BROUGHT = f"""
SELECT brought.id, brought.reason, {IS_UNDONE.format(operation="brought.id")}
FROM stock_return AS link
JOIN stock_operation AS brought ON brought.owner_id = %(owner)s::bigint
    AND brought.id = CASE link.operation_id WHEN link.scrapped_id THEN link.sale_id ELSE link.operation_id END
WHERE link.owner_id = %(owner)s::bigint AND link.scrapped_id = %(operation)s::bigint
"""
# Returns the last operation of the chain of reversals that began with the write-off which belongs to an operation, or
# to the one that began the chain of this operation. Also returns whether the reversal of this operation undoes what it
# has brought, and whether the write-off is reversed with it: if both are done, or were undone at the same time.
WRITTEN_OFF = f"""
WITH RECURSIVE earlier (id, reverses_id, is_done, occurred_at) AS (
    ({BY_ID.format(columns="id, reverses_id, true, occurred_at", owner=OWNER, operation="%(operation)s::bigint")})
    UNION ALL
    SELECT former.id, former.reverses_id, NOT is_done, occurred_at FROM earlier AS chain CROSS JOIN LATERAL (
        {EARLIER}
    ) AS former
), written_off (id, is_done, asked_done, asked_at) AS (
    SELECT link.scrapped_id, true, earlier.is_done, earlier.occurred_at FROM earlier
    JOIN stock_return AS link ON link.owner_id = %(owner)s::bigint AND link.sale_id = earlier.id
        AND link.operation_id = link.scrapped_id
    WHERE earlier.reverses_id IS NULL
    UNION ALL
    SELECT later.id, NOT chain.is_done, chain.asked_done, chain.asked_at FROM written_off AS chain CROSS JOIN LATERAL (
        {LATER}
    ) AS later
)
SELECT operation.id, asked_done,
    is_done AND asked_done OR NOT (is_done OR asked_done) AND operation.occurred_at = asked_at
FROM written_off JOIN stock_operation AS operation
    ON operation.owner_id = %(owner)s::bigint AND operation.id = written_off.id
ORDER BY operation.id DESC LIMIT 1
"""
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
"""
# Returns what each movement of these operations was sold for, and which movement it takes back, with what for.
WORTHS = f"""
SELECT movement.id, {SOLD_FOR}, link.source_id, link.total
FROM unnest(%(operations)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="asked.id")}
) AS movement
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = movement.product_id
LEFT JOIN stock_returned AS link ON link.owner_id = %(owner)s::bigint AND link.movement_id = movement.id
"""
INSERT_RETURNED = """
INSERT INTO stock_returned (owner_id, movement_id, source_id, total)
SELECT %(owner)s::bigint, * FROM unnest(%(movements)s::bigint[], %(sources)s::bigint[], %(worths)s::numeric[])
"""
INSERT_RETURN = """
INSERT INTO stock_return (owner_id, sale_id, operation_id, scrapped_id)
VALUES (%(owner)s, %(sale)s, %(operation)s, %(scrapped)s)
"""

# Returns the list prices that goods of these sales had, by the history: null if they cost what their parts did.
WHOLES_LISTED = f"""
SELECT sold.id, (coalesce((
    SELECT ARRAY[(changes -> 'price' ->> 0)::numeric] FROM history_change
    WHERE owner_id = %(owner)s::bigint AND kind = '{{name}}' AND row_id = sold.{{name}}_id AND changes ? 'price'
        AND at > operation.occurred_at
    ORDER BY id LIMIT 1
), ARRAY[goods.price]))[1]
FROM {{sold}} AS sold
CROSS JOIN LATERAL (
    {BY_ID.format(columns="occurred_at", owner=OWNER, operation="sold.operation_id")}
) AS operation
JOIN {{goods}} AS goods ON goods.owner_id = %(owner)s::bigint AND goods.id = sold.{{name}}_id
WHERE sold.owner_id = %(owner)s::bigint AND sold.operation_id = ANY(%(operations)s::bigint[])
"""
