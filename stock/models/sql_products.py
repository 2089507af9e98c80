"""The statement that inserts products, and what they cost at other times."""

from core.money.amounts import MONEY
from products.filing.columns import STORED_COLUMNS

DECIMALS = "coalesce(row.decimals, 0)"
# Returns the prices that these rows have had since a time, by the history, without their present ones. The
# newest come first.
PRICES_SINCE = """
SELECT row_id, (changes -> 'price' ->> 0)::numeric
FROM history_change
WHERE owner_id = %(owner)s::bigint AND kind = %(kind)s::text AND row_id = ANY(%(rows)s::bigint[])
    AND changes ? 'price' AND at > %(since)s::timestamptz
ORDER BY id DESC
"""
# Returns the price that each of these rows had at a time, if it has changed since, by the history: the
# price that the first later change has replaced.
PRICES_THEN = """
SELECT DISTINCT ON (row_id) row_id, (changes -> 'price' ->> 0)::numeric
FROM history_change
WHERE owner_id = %(owner)s::bigint AND kind = %(kind)s::text AND row_id = ANY(%(rows)s::bigint[])
    AND changes ? 'price' AND at > %(at)s::timestamptz
ORDER BY row_id, id
"""
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
