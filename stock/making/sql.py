"""Statements on recipes."""

# Returns the recipes of the products that match a condition of stock.booking.sql, each with its parts in their order.
FIND_RECIPES = """
SELECT recipe.product_id, recipe.makes, ARRAY(
    SELECT ARRAY[part.product_id, part.quantity] FROM stock_recipepart AS part
    WHERE part.owner_id = %(owner)s::bigint AND part.recipe_id = recipe.id ORDER BY part.id
)
FROM stock_recipe AS recipe
WHERE recipe.owner_id = %(owner)s::bigint AND recipe.product_id IN (
    SELECT id FROM products_product WHERE owner_id = %(owner)s::bigint AND ({condition})
)
"""

# Returns what these products are made of, at any depth: a row for each product and each of its parts.
MADE_OF = """
WITH RECURSIVE reached (product_id) AS (
    SELECT unnest(%(products)s::bigint[])
    UNION
    SELECT part.product_id FROM reached
    JOIN stock_recipe AS recipe ON recipe.owner_id = %(owner)s::bigint AND recipe.product_id = reached.product_id
    JOIN stock_recipepart AS part ON part.owner_id = %(owner)s::bigint AND part.recipe_id = recipe.id
)
SELECT recipe.product_id, part.product_id
FROM stock_recipe AS recipe
JOIN stock_recipepart AS part ON part.owner_id = %(owner)s::bigint AND part.recipe_id = recipe.id
WHERE recipe.owner_id = %(owner)s::bigint AND recipe.product_id IN (SELECT product_id FROM reached)
ORDER BY part.id
"""
