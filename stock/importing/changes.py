"""List the changes of an import in existing products, its doubtful prices, and the rows that it creates with them."""

from datetime import datetime
from typing import Any

from core.amounts import scale
from core.database.postgres.base import fetch
from core.prices import IS_DOUBTFUL
from products.filing.choices import ALSO_CREATED
from products.filing.columns import ProductColumn
from products.filing.states import Findings
from products.models import Category
from products.own_fields.models import CustomField
from products.taxes.models import Tax
from products.variants.models import Group
from stock.importing import table as sql
from stock.importing.table import FILE
from stock.models import Location, Operation
from suppliers.models import Supplier

MAX_LISTED, MAX_NAMES = 100, 10  # the most products and the most names in a response
MODELS: tuple[Any, ...] = (Supplier, Location, Category, Group, CustomField, Tax)  # they have the order of ALSO_CREATED
# The old and the new value of each field that the import has changed. The history has them already, except for the
# quantities, which the movements have.
FOUND = f"""
WITH file AS (
    SELECT product_id, min(line) AS line FROM {FILE} AS row GROUP BY product_id HAVING NOT bool_or(is_new)
), found AS (
    SELECT row_id AS product_id, field.key, field.value
    FROM history_change AS change CROSS JOIN LATERAL jsonb_each(change.changes) AS field
    WHERE owner_id = %(owner)s AND kind = 'product' AND at = %(at)s AND row_id IN (SELECT product_id FROM file)
        AND NOT change.changes ? 'created' AND field.key <> 'offers'
    UNION ALL
    SELECT product_id, 'quantity', jsonb_build_array(before, after)
    FROM (
        SELECT moved.product_id, product.quantity - moved.difference AS before, product.quantity AS after
        FROM (
            SELECT product_id, sum(new_quantity - old_quantity) AS difference FROM stock_movement
            WHERE owner_id = %(owner)s AND operation_id = %(operation)s GROUP BY product_id
        ) AS moved
        JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = moved.product_id
        WHERE moved.difference <> 0 AND moved.product_id IN (SELECT product_id FROM file)
    ) AS pair
)
"""  # noqa: S608
COUNT = f"""
{FOUND}
SELECT key, count(*) FROM found GROUP BY key ORDER BY key
"""  # noqa: S608
LIST = f"""
{FOUND}
SELECT file.line, product.id, product.name, product.decimals, jsonb_object_agg(found.key, found.value)::json
FROM found JOIN file ON file.product_id = found.product_id
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = found.product_id
GROUP BY 1, 2, 3, 4 ORDER BY file.line LIMIT %(limit)s
"""  # noqa: S608
# Returns the prices that are probably a mistake, and their number.
FIND_DOUBTFUL = f"""
SELECT row.line, coalesce(nullif(row.name, ''), product.name), round(row.price, 2)::text, product.price::text,
    count(*) OVER ()
FROM {FILE} AS row
LEFT JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
WHERE row.price IS DISTINCT FROM product.price AND {IS_DOUBTFUL.format(price="row.price", usual="product.price")}
    AND row.line <> ALL(%(chosen)s::integer[])
ORDER BY row.line LIMIT {MAX_LISTED}
"""  # noqa: S608


def list_changes(owner_id: int, at: datetime, operation: Operation | None) -> dict[str, Any]:
    """Return the first changed products with the old and the new values, and the number of changes of each field."""
    values = {"owner": owner_id, "at": at, "operation": operation and operation.pk, "limit": MAX_LISTED}
    changes = [
        {"line": line, "product": pk, "name": name, "fields": write_fields(fields, decimals)}
        for line, pk, name, decimals, fields in fetch(LIST, values)
    ]
    return {"changes": changes, "changed": dict(fetch(COUNT, values))}


def find_doubtful_prices(cursor: Any, owner_id: int, found: Findings) -> None:
    """Note the doubtful prices that the file would write, without those that a choice has set to zero."""
    if "price" not in found.layout.names:
        return
    cursor.execute(FIND_DOUBTFUL, {"owner": owner_id, "chosen": list(found.chosen["no_price"])})
    rows = cursor.fetchall()
    found.doubtful_price_count = rows[0][4] if rows else 0
    found.doubtful_prices = [
        {"line": line, "name": name or "", "price": price, "usual": usual} for line, name, price, usual, _count in rows
    ]


def list_also_created(owner_id: int, created: dict[str, list[int]]) -> list[dict[str, Any]]:
    """Return how many rows of each kind an import has created besides products, and the first names."""
    return [
        {
            "kind": kind,
            "number": len(ids),
            "names": [
                str(row) for row in model.objects.filter(owner_id=owner_id, pk__in=ids[:MAX_NAMES]).order_by("pk")
            ],
        }
        for kind, model in zip(ALSO_CREATED, MODELS, strict=True)
        if (ids := created.get(kind, []))
    ]


def write_fields(fields: dict[str, list[Any]], decimals: int) -> dict[str, list[Any]]:
    """Return the pairs of values as a response has them: linked rows by name, and quantities as amounts."""
    written = {
        name: [value["name"] if isinstance(value, dict) else value for value in pair] for name, pair in fields.items()
    }
    if decimals and "quantity" in written:
        written["quantity"] = [str(scale(value, decimals)) for value in written["quantity"]]
    return written


def read_low(cursor: Any, columns: list[ProductColumn], parameters: dict[str, Any]) -> dict[int, bool]:
    """Return whether products are low, by the ids of those whose threshold the file is going to change."""
    thresholds = [column for column in columns if column.target == "min_threshold"]
    if not thresholds:
        return {}
    [column] = thresholds
    present, wanted = f"product.{column.target}, 0", f"{column.update_expression}, 0"
    cursor.execute(sql.SELECT_LOW.format(present=present, wanted=wanted), parameters)
    return dict(cursor.fetchall())
