"""Statements that value the movements that an earlier release has booked: see stock.valuing."""

# A product's movements after a sequence, in their order.
UNVALUED = """
SELECT id, movement_type, quantity, old_quantity FROM stock_movement
WHERE owner_id = %(owner)s::bigint AND product_id = %(product)s::bigint AND sequence > %(after)s
ORDER BY sequence LIMIT %(limit)s
"""
# The trigger of stock_movement allows a value where there is none.
SET_VALUES = """
UPDATE stock_movement SET value = valued.value
FROM unnest(%(movements)s::bigint[], %(values)s::numeric[]) AS valued (id, value)
WHERE stock_movement.owner_id = %(owner)s::bigint AND stock_movement.id = valued.id
"""
SET_STOCK_VALUE = """
UPDATE products_product SET stock_value = %(value)s::numeric, valued_sequence = %(sequence)s::bigint
WHERE owner_id = %(owner)s::bigint AND id = %(product)s::bigint
"""
# The products that have movements without a value, in the order of their ids.
BEHIND = """
SELECT id FROM products_product
WHERE owner_id = %(owner)s::bigint AND valued_sequence < stock_sequence ORDER BY id LIMIT %(limit)s
"""
