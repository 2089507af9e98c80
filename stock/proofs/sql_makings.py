"""The statements of the verification that find breaks in makings: see stock.proofs.sql_breaks."""

from stock.sql import MOVEMENTS_OF, REVERSAL_OF

OWNER = "%(owner)s"

# Finds makings, and their reversals at any depth, in which what comes in is not worth what goes out. The parts move in
# the opposite direction to the product. A part without stock moves in both, of which only this one counts.
MAKINGS = f"""
WITH RECURSIVE making (id, product_id, movement_type) AS (
    SELECT operation_id, product_id, CASE role WHEN 'made' THEN 'IN' ELSE 'OUT' END
    FROM stock_making WHERE owner_id = {OWNER} AND role <> 'expected'
    UNION ALL
    SELECT reversal.id, making.product_id, CASE making.movement_type WHEN 'IN' THEN 'OUT' ELSE 'IN' END
    FROM making CROSS JOIN LATERAL (
        {REVERSAL_OF.format(columns="id", owner=OWNER, operation="making.id")}
    ) AS reversal
)
SELECT (array_agg(movement.product_id ORDER BY movement.id))[1], (array_agg(movement.sequence ORDER BY movement.id))[1],
    'operation ' || making.id || ' makes something, but does not keep the value'
FROM making CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="id, product_id, sequence, movement_type, value", owner=OWNER, operation="making.id")}
) AS movement
WHERE (movement.product_id = making.product_id) = (movement.movement_type = making.movement_type)
GROUP BY making.id
HAVING sum(CASE movement.movement_type WHEN 'IN' THEN movement.value ELSE -movement.value END) <> 0
ORDER BY making.id LIMIT %(limit)s
"""  # noqa: S608, constants

# Finds makings without a row of the one product that they have made or taken apart, or whose row differs from the
# movement, and such rows of other operations.
MADE = f"""
WITH kept AS (
    SELECT making.operation_id, count(*) AS rows, count(movement.product_id) AS movements FROM stock_making AS making
    LEFT JOIN LATERAL (
        {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="making.operation_id")}
    ) AS movement ON movement.product_id = making.product_id AND movement.quantity = making.quantity
        AND movement.movement_type = CASE making.role WHEN 'made' THEN 'IN' ELSE 'OUT' END
    WHERE making.owner_id = {OWNER} AND making.role <> 'expected'
    GROUP BY making.operation_id
), made AS (
    SELECT id FROM stock_operation WHERE owner_id = {OWNER} AND reason = 'making'
)
SELECT 0, 0, 'operation ' || coalesce(made.id, operation_id) || ' does not say what it has made or taken apart'
FROM made FULL JOIN kept ON kept.operation_id = made.id
WHERE made.id IS NULL OR (rows, movements) = (1, 1) IS NOT TRUE
ORDER BY 3 LIMIT %(limit)s
"""  # noqa: S608, constants
