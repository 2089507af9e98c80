"""Create the products of an import with their opening stock, in one pass.

The import drafts both in its temporary table, where a row with `is_new` is a new product. No other transaction sees it
yet, so it needs no lock, and no rule can refuse its first movement: an IN of the whole quantity at the cost price. An
operation that `opens_products` writes these movements after those of its lines.
"""

from core.amounts import MONEY
from products.filing.columns import STORED_COLUMNS

DECIMALS = "coalesce(row.decimals, 0)"
# Inserts the new products. Without `opens` they have no stock yet.
INSERT_PRODUCTS = f"""
INSERT INTO products_product (
    id, owner_id, {", ".join(column.target for column in STORED_COLUMNS)},
    quantity, stock_sequence, stock_value, created_at, updated_at
)
SELECT product_id, %(owner)s, {", ".join(column.insert_expression for column in STORED_COLUMNS)},
    opening, sign(opening)::bigint,
    {MONEY.format(quantity="opening", price="coalesce(cost_price, 0)", decimals=DECIMALS)},
    %(now)s::timestamptz, %(now)s::timestamptz
FROM (SELECT *, CASE WHEN %(opens)s THEN coalesce(quantity, 0) ELSE 0 END AS opening FROM product_import) AS row
WHERE is_new ORDER BY line
"""  # noqa: S608, only constants

# The lines of an operation, which are arrays, followed by the first movements of the new products.
LINES_AND_OPENINGS = f"""(
        SELECT * FROM {{lines}}
        UNION ALL
        SELECT product_id, name, 1, 'IN', quantity, 0, quantity,
            {MONEY.format(quantity="quantity", price="coalesce(cost_price, 0)", decimals=DECIMALS)}, NULL, NULL,
            cardinality(%(product_id)s::bigint[]) + line
        FROM (SELECT * FROM product_import) AS row WHERE is_new AND quantity > 0
    )"""  # noqa: S608, only constants
# Returns the codes of the first products that get such a movement.
FIRST_CODES = """
SELECT coalesce(sku, ''), nullif(external_id, '') FROM product_import
WHERE is_new AND quantity > 0 ORDER BY line LIMIT %(limit)s
"""
