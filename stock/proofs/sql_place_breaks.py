"""Statements of the verification of places. Each returns the breaks of one kind, like those of `sql_breaks`."""

# Finds products whose `held` is not the sum of their holdings.
HELD = """
SELECT product.id, product.stock_sequence, 'what is held is not the sum of the holdings'
FROM products_product AS product
LEFT JOIN (
    SELECT product_id, sum(quantity) AS quantity FROM stock_holding WHERE owner_id = %(owner)s GROUP BY product_id
) AS holding ON holding.product_id = product.id
WHERE product.owner_id = %(owner)s AND product.held <> coalesce(holding.quantity, 0)
LIMIT %(limit)s
"""

# Finds holdings that are not the sum of the portions that went into them, less those that came out.
HOLDINGS = """
WITH holding AS (
    SELECT product_id, coalesce(location_id, 0) AS location, coalesce(lot_id, 0) AS lot, quantity FROM stock_holding
    WHERE owner_id = %(owner)s
), placed AS (
    SELECT
        portion.product_id, coalesce(location_id, 0) AS location, coalesce(lot_id, 0) AS lot,
        sum(CASE movement_type WHEN 'IN' THEN portion.quantity ELSE -portion.quantity END) AS quantity
    FROM stock_portion AS portion
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.id = portion.movement_id
    WHERE portion.owner_id = %(owner)s
    GROUP BY 1, 2, 3
)
SELECT product.id, product.stock_sequence, 'what lies at location ' || location || ' in lot ' || lot
    || ' (0: none) is not the sum of its portions'
FROM holding FULL JOIN placed USING (product_id, location, lot)
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = product_id
WHERE coalesce(holding.quantity, 0) <> coalesce(placed.quantity, 0)
LIMIT %(limit)s
"""

# Finds movements with portions of more than their quantity, or of another product.
PORTIONS = """
SELECT movement.product_id, movement.sequence, CASE
    WHEN portion.is_foreign THEN 'has a portion of another product'
    ELSE 'has portions of more than its quantity'
END
FROM (
    SELECT
        movement_id, sum(portion.quantity) AS quantity, bool_or(portion.product_id <> movement.product_id) AS is_foreign
    FROM stock_portion AS portion
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.id = portion.movement_id
    WHERE portion.owner_id = %(owner)s
    GROUP BY movement_id
) AS portion
JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.id = portion.movement_id
WHERE portion.is_foreign OR portion.quantity > movement.quantity
LIMIT %(limit)s
"""

# Finds transfers that change the quantity of a product. Reads no operation of an account without portions.
TRANSFERS = """
SELECT movement.product_id, max(movement.sequence), 'operation ' || operation.id || ' is a transfer, but not to zero'
FROM stock_operation AS operation
JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.operation_id = operation.id
WHERE operation.owner_id = %(owner)s AND operation.reason = 'transfer'
AND EXISTS (SELECT FROM stock_portion WHERE owner_id = %(owner)s)
GROUP BY operation.id, movement.product_id
HAVING sum(movement.new_quantity - movement.old_quantity) <> 0
LIMIT %(limit)s
"""

# Finds holdings at archived locations.
ARCHIVED = """
SELECT holding.product_id, product.stock_sequence, 'lies at location ' || location.id || ', which is archived'
FROM stock_location AS location
JOIN stock_holding AS holding ON holding.owner_id = %(owner)s AND holding.location_id = location.id
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = holding.product_id
WHERE location.owner_id = %(owner)s AND location.archived_at IS NOT NULL
LIMIT %(limit)s
"""
ALL = (HELD, HOLDINGS, PORTIONS, TRANSFERS, ARCHIVED)
