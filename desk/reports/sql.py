"""Fragments of the SQL statements of the reports.

%(owner)s is the account. {clock} is the column of the operation's time: occurred_at or created_at. The last column is
the number of all rows of the report; LIMIT and OFFSET select a page. Quantities are bigint and values are numeric, so
both are exact.
"""

from core.amounts import money_of
from core.folding import is_named

# The movements of the account with their operations.
LEDGER = """stock_operation AS operation
    JOIN stock_movement AS movement
        ON movement.owner_id = operation.owner_id AND movement.operation_id = operation.id
    WHERE operation.owner_id = %(owner)s::bigint AND movement.owner_id = %(owner)s::bigint"""
CATEGORY = """LEFT JOIN products_category AS category
    ON category.owner_id = %(owner)s::bigint AND category.id = product.category_id"""
# Selects all products of the account, one product, or those of a category by its id or name.
SELECTED_PRODUCTS = f"""product.owner_id = %(owner)s::bigint
    AND (%(product)s::bigint IS NULL OR product.id = %(product)s::bigint)
    AND (%(category)s::bigint IS NULL OR product.category_id = %(category)s::bigint)
    AND (%(category_name)s::text IS NULL OR {is_named("category.name", "%(category_name)s::text")})"""

VALUE_AT_PRICE = money_of("product.quantity", "product.price")
