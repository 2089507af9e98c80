"""Statements of the verification that find breaks of what operations keep beside them: see stock.proofs.sql_breaks."""

from stock.models.sql import BY_ID, IS_UNDONE, MOVEMENTS_OF, OWNER, REVERSAL_OF, ROW_BY_ID
from stock.models.sql_sales import SOLD_FOR_OF

SHOP = "%(owner)s"

# Finds makings, and their reversals at any depth, in which what comes in is not worth what goes out. The parts move in
# the opposite direction to the product. A part without stock moves in both, of which only this one counts.
MAKINGS = f"""
WITH RECURSIVE making (id, product_id, movement_type) AS (
    SELECT operation_id, product_id, CASE role WHEN 'made' THEN 'IN' ELSE 'OUT' END
    FROM stock_making WHERE owner_id = {SHOP} AND role <> 'expected'
    UNION ALL
    SELECT reversal.id, making.product_id, CASE making.movement_type WHEN 'IN' THEN 'OUT' ELSE 'IN' END
    FROM making CROSS JOIN LATERAL (
        {REVERSAL_OF.format(columns="id", owner=SHOP, operation="making.id")}
    ) AS reversal
)
SELECT (array_agg(movement.product_id ORDER BY movement.id))[1], (array_agg(movement.sequence ORDER BY movement.id))[1],
    'operation ' || making.id || ' makes something, but does not keep the value'
FROM making CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="id, product_id, sequence, movement_type, value", owner=SHOP, operation="making.id")}
) AS movement
WHERE (movement.product_id = making.product_id) = (movement.movement_type = making.movement_type)
GROUP BY making.id
HAVING sum(CASE movement.movement_type WHEN 'IN' THEN movement.value ELSE -movement.value END) <> 0
ORDER BY making.id LIMIT %(limit)s
"""

# Finds makings without a row of the one product that they have made or taken apart, or whose row differs from the
# movement, and such rows of other operations.
MADE = f"""
WITH kept AS (
    SELECT making.operation_id, count(*) AS rows, count(movement.product_id) AS movements FROM stock_making AS making
    LEFT JOIN LATERAL (
        {MOVEMENTS_OF.format(columns="*", owner=SHOP, operation="making.operation_id")}
    ) AS movement ON movement.product_id = making.product_id AND movement.quantity = making.quantity
        AND movement.movement_type = CASE making.role WHEN 'made' THEN 'IN' ELSE 'OUT' END
    WHERE making.owner_id = {SHOP} AND making.role <> 'expected'
    GROUP BY making.operation_id
), made AS (
    SELECT id FROM stock_operation WHERE owner_id = {SHOP} AND reason = 'making'
)
SELECT 0, 0, 'operation ' || coalesce(made.id, operation_id) || ' does not say what it has made or taken apart'
FROM made FULL JOIN kept ON kept.operation_id = made.id
WHERE made.id IS NULL OR (rows, movements) = (1, 1) IS NOT TRUE
ORDER BY 3 LIMIT %(limit)s
"""


# Finds counts that have booked another difference than they have found, product by product.
COUNTS = f"""
SELECT product_id, 0, coalesce('operation ' || operation_id, 'a count')
    || ' has booked another difference than it has counted'
FROM (
    SELECT operation_id, product_id, sum(counted - expected::numeric) FILTER (WHERE NOT outdated) AS difference
    FROM stock_stockcount WHERE owner_id = {SHOP} GROUP BY operation_id, product_id
) AS kept
CROSS JOIN LATERAL (
    SELECT sum(new_quantity - old_quantity) AS booked FROM (
        {MOVEMENTS_OF.format(columns="*", owner=SHOP, operation="kept.operation_id")}
    ) AS movement
    WHERE movement.product_id = kept.product_id
) AS change
WHERE coalesce(difference, 0) <> coalesce(booked, 0)
LIMIT %(limit)s
"""

# Finds deliveries whose shares do not add up to their extra costs, and shares that no value of goods that came in has.
SHARES = f"""
WITH shared AS (
    SELECT movement.operation_id, sum(share.cost) AS cost,
        bool_and(movement.movement_type = 'IN' AND share.cost <= movement.value) AS is_in_values
    FROM stock_extrashare AS share
    JOIN stock_movement AS movement ON movement.owner_id = {SHOP} AND movement.id = share.movement_id
    WHERE share.owner_id = {SHOP} GROUP BY movement.operation_id
), extra AS (
    SELECT operation_id, sum(cost) AS cost FROM stock_extracost WHERE owner_id = {SHOP} GROUP BY operation_id
)
SELECT 0, 0, 'operation ' || operation_id || ' does not share its extra costs over what came in'
FROM shared FULL JOIN extra USING (operation_id)
WHERE (shared.cost = extra.cost AND is_in_values) IS NOT TRUE
ORDER BY operation_id LIMIT %(limit)s
"""

OF_RETURN = MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="link.operation_id")
# Finds sales and deliveries of which more was returned than they have booked. What passes through a product without
# stock in a return counts once. Also finds scrap that differs from the returned goods in quantity or value, or from
# what arrived, of which a part may be damaged, and movements of which returns have taken back more than they have, that
# are none of the sale of the return, or without the money of what was sold. A movement may bring back more than it was
# sold for if a return that names no movement took less of another one of the product.
RETURNS = f"""
WITH link AS MATERIALIZED (
    SELECT sale_id, operation_id, scrapped_id, {IS_UNDONE.format(operation="operation_id")} AS is_undone, (
        {BY_ID.format(columns="reason", owner=OWNER, operation="sale_id")}
    ) AS reason
    FROM stock_return WHERE owner_id = %(owner)s
), returned AS (
    SELECT sale_id, product_id, movement_type, max(sequence) AS sequence, sum(quantity) AS quantity FROM link
    CROSS JOIN LATERAL (
        {OF_RETURN}
    ) AS movement
    WHERE NOT is_undone AND (
        movement_type = CASE reason WHEN 'purchase' THEN 'OUT' ELSE 'IN' END OR NOT EXISTS (
            SELECT FROM (
                {OF_RETURN}
            ) AS passed
            WHERE (passed.product_id, passed.quantity) = (movement.product_id, movement.quantity)
                AND abs(passed.sequence - movement.sequence) = 1
        )
    )
    GROUP BY sale_id, product_id, movement_type
)
SELECT product_id, sequence, CASE movement_type
    WHEN 'IN' THEN 'brings back more than operation ' || sale_id || ' has sold'
    ELSE 'sends back more than operation ' || sale_id || ' has brought' END
FROM returned
WHERE quantity > (
    SELECT coalesce(sum(booked.quantity), 0) FROM (
        {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="sale_id")}
    ) AS booked
    WHERE booked.product_id = returned.product_id AND booked.movement_type <> returned.movement_type
)
UNION ALL
SELECT scrap.product_id, scrap.sequence, 'writes off something else than operation ' || brought.id || ' brought'
FROM link
CROSS JOIN LATERAL (
    SELECT is_part, CASE WHEN is_part THEN sale_id ELSE operation_id END AS id
    FROM (SELECT operation_id = scrapped_id AS is_part) AS kind
) AS brought
CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="link.scrapped_id")}
) AS scrap
WHERE NOT EXISTS (
    SELECT FROM (
        {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="brought.id")}
    ) AS movement
    WHERE (movement.product_id, movement.movement_type, scrap.movement_type) = (scrap.product_id, 'IN', 'OUT') AND (
        (movement.quantity, movement.value) = (scrap.quantity, scrap.value)
        OR brought.is_part AND movement.quantity >= scrap.quantity
    )
)
UNION ALL
SELECT source.product_id, max(source.sequence),
    'does not fit what was taken back of it, last by operation ' || max(movement.operation_id)
FROM stock_returned AS taken
CROSS JOIN LATERAL ({ROW_BY_ID.format(table="stock_movement", id="taken.movement_id")}) AS movement
CROSS JOIN LATERAL ({ROW_BY_ID.format(table="stock_movement", id="taken.source_id")}) AS source
CROSS JOIN LATERAL ({ROW_BY_ID.format(table="products_product", id="source.product_id")}) AS product
LEFT JOIN LATERAL (
    SELECT sale_id, {IS_UNDONE.format(operation="operation_id")} AS is_undone FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND operation_id BETWEEN movement.operation_id AND movement.operation_id
    ORDER BY operation_id LIMIT 1
) AS link ON link.sale_id = source.operation_id
    AND movement.product_id = source.product_id AND movement.movement_type <> source.movement_type
WHERE taken.owner_id = %(owner)s AND link.is_undone IS NOT TRUE
GROUP BY source.id, source.product_id, source.operation_id, source.movement_type
HAVING count(*) > count(link.sale_id) OR sum(movement.quantity) > max(source.quantity)
    OR bool_or((taken.total IS NULL) <> (source.movement_type = 'IN'))
    OR sum(taken.total) > max({SOLD_FOR_OF.format(movement="source")}) AND NOT EXISTS (
        SELECT FROM stock_return AS back
        CROSS JOIN LATERAL (
            {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="back.operation_id")}
        ) AS other
        WHERE back.owner_id = %(owner)s::bigint
            AND (back.sale_id, other.product_id) = (source.operation_id, source.product_id)
            AND other.movement_type <> source.movement_type
            AND NOT EXISTS (SELECT FROM stock_returned WHERE owner_id = %(owner)s::bigint AND movement_id = other.id)
    )
LIMIT %(limit)s
"""
