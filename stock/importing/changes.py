"""What an import changes in existing products, doubtful prices, and conflicts with changes since the export."""

import json
from datetime import datetime
from typing import Any

from core.database.postgres.base import fetch
from core.money.amounts import scale
from core.money.currencies import IS_DOUBTFUL
from products.filing.columns import ProductColumn
from products.filing.states import ALSO_CREATED, LEAVE, Columns, Findings
from products.models import Category, CustomField, Group, Product, Tax
from products.models.sql_codes import CODES_TEXT
from records.history.models import write_change
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


# An export has the number of the last change of each product as `change_sequence`. All later ones have higher numbers,
# because each is made under the lock of its product. Quantities are in no history: `stock_sequence` protects them.
# The last change of a field decides. What a file of this name has set, sent by the same user, is no conflict. Imports
# of an account run one after the other, so the changes of one are between its time and that of the one before. Files
# without a name are not told apart, so only the last one counts.
MARK_CHANGED = f"""
WITH own AS (
    SELECT range_agg(times) AS times
    FROM (
        SELECT times FROM (
            SELECT *, tstzrange(lag(created_at) OVER (ORDER BY id), created_at, '(]') AS times
            FROM stock_import WHERE owner_id = %(owner)s AND code = ''
        ) AS import
        WHERE performed_by_id = %(by)s AND file_name = %(file)s
        ORDER BY id DESC LIMIT CASE WHEN %(file)s = '' THEN 1 END
    ) AS sent
), last AS (
    SELECT DISTINCT ON (row.line, field.name) row.line, field.name,
        change.via = 'import' AND change.at <@ own.times AS is_own
    FROM {FILE} AS row
    JOIN history_change AS change ON change.owner_id = %(owner)s AND change.kind = 'product'
        AND change.row_id = row.product_id AND change.id > row.change_sequence
    CROSS JOIN LATERAL jsonb_object_keys(change.changes) AS field (name)
    CROSS JOIN own
    ORDER BY row.line, field.name, change.id DESC
), since AS (
    SELECT line, array_agg(name) AS names FROM last WHERE is_own IS NOT TRUE GROUP BY line
)
UPDATE product_import AS row SET changed_since = since.names FROM since WHERE since.line = row.line
"""  # noqa: S608
# Notes the conflicts, and returns their lines. The placeholders in braces are expressions of the file's columns.
FIND = f"""
WITH differing AS (
    SELECT row.line, row.changed_since, row.wrong, {{changes}} AS fields{{present}}
    FROM products_product AS product JOIN {FILE} AS row
        ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE row.changed_since IS NOT NULL
), found AS (
    SELECT *, (
        SELECT jsonb_object_agg(key, value) FROM jsonb_each(fields)
        WHERE key = ANY (changed_since) AND (key = ANY (wrong)) IS NOT TRUE
    ) AS conflicts
    FROM differing
)
UPDATE product_import AS row SET conflicts = found.conflicts{{assignments}}
FROM found WHERE found.line = row.line AND found.conflicts IS NOT NULL
RETURNING row.line
"""  # noqa: S608
# Replaces the earlier names of categories, suppliers or groups of the products by the present ones. The rows are not
# matched to products yet, so rows without an id are left as they are.
RENAME = f"""
WITH renamed AS (
    SELECT row.line, linked.name
    FROM {FILE} AS row
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.id
    {{join}}
    JOIN history_change AS change ON change.owner_id = %(owner)s AND change.kind = %(kind)s
        AND change.row_id = linked.id AND change.id > row.change_sequence
    WHERE linked.archived_at IS NULL AND lower(change.changes #>> '{{{{name,0}}}}') = lower({{cell}})
        AND lower({{cell}}) <> lower(linked.name)
)
UPDATE product_import AS row SET {{assignment}} FROM renamed WHERE renamed.line = row.line
"""  # noqa: S608
OF_PRODUCT = "JOIN {table} AS linked ON linked.owner_id = %(owner)s AND linked.id = product.{column}_id"
OF_PROFILE = """JOIN products_profile AS profile ON profile.owner_id = %(owner)s AND profile.product_id = product.id
    JOIN products_group AS linked ON linked.owner_id = %(owner)s AND linked.id = profile.group_id"""
LINKED = {"category": "products_category", "supplier": "suppliers_supplier", "tax": "products_tax"}
RENAMES = {
    **{
        column: RENAME.format(
            join=OF_PRODUCT.format(table=table, column=column), cell=f"row.{column}",
            assignment=f"{column} = renamed.name",
        )
        for column, table in LINKED.items()
    },
    "group": RENAME.format(
        join=OF_PROFILE, cell="(row.profile ->> 'group')",
        assignment="profile = row.profile || jsonb_build_object('group', renamed.name)",
    ),
}  # fmt: skip
# The same for the places where a product lies. A name that a place of the product has now is that of this place. The
# first place that was renamed is the one that the file means: later ones may have got the name afterwards.
RENAME_PLACE = f"""
WITH renamed AS (
    SELECT DISTINCT ON (row.line) row.line, linked.{{name}} AS name
    FROM {FILE} AS row
    JOIN stock_holding AS holding ON holding.owner_id = %(owner)s AND holding.product_id = row.id
    JOIN stock_{{column}} AS linked ON linked.owner_id = %(owner)s AND linked.id = holding.{{column}}_id
    JOIN history_change AS change ON change.owner_id = %(owner)s AND change.kind = %(kind)s
        AND change.row_id = linked.id AND change.id > row.change_sequence
    WHERE lower(change.changes #>> '{{{{{{name}},0}}}}') = lower(row.{{column}}) AND NOT EXISTS (
        SELECT FROM stock_holding AS held
        JOIN stock_{{column}} AS present ON present.owner_id = %(owner)s AND present.id = held.{{column}}_id
        WHERE held.owner_id = %(owner)s AND held.product_id = row.id AND lower(present.{{name}}) = lower(row.{{column}})
    )
    ORDER BY row.line, change.id
)
UPDATE product_import AS row SET {{column}} = renamed.name FROM renamed WHERE renamed.line = row.line
"""  # noqa: S608
RENAMES |= {
    column: RENAME_PLACE.format(column=column, name=name) for column, name in (("location", "name"), ("lot", "code"))
}
ADD = """
UPDATE product_import AS row SET conflicts = coalesce(row.conflicts, '{}') || given.conflicts
FROM unnest(%(lines)s::integer[], %(conflicts)s::jsonb[]) AS given (line, conflicts) WHERE given.line = row.line
"""
LIST_CONFLICTS = f"""
SELECT row.line, product.id, product.name, product.decimals, row.conflicts::json
FROM {FILE} AS row JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
WHERE row.conflicts IS NOT NULL ORDER BY row.line LIMIT %(limit)s
"""  # noqa: S608
CODES_CHANGE = """CASE WHEN {present} IS DISTINCT FROM row.codes
    THEN jsonb_build_object('codes', jsonb_build_array({present}, row.codes)) ELSE '{{}}'::jsonb END""".format(
    present=CODES_TEXT.format(product="product", owner="%(owner)s")
)
# The further columns that an assignment changes. The cell of a barcode may have further codes.
BESIDE = {"barcode": ("barcode_cell", "more_codes"), **{name: (name,) for name in LINKED}}


def find_conflicts(cursor: Any, owner_id: int, found: Findings) -> None:
    """Record the conflicts of the rows, and leave out these cells unless the choice is to overwrite.

    The products are locked. Changed profiles are only marked here. stock/importing/attributes.py finds the conflicts.
    """
    layout = found.layout
    cursor.execute(MARK_CHANGED, {"owner": owner_id, "by": found.sent_by, "file": found.file_name})
    if not cursor.rowcount:
        return
    stored = [column for column in layout.columns if column.target]
    changes = [
        write_change(Product._meta.get_field(column.name), "product", column.update_expression) for column in stored
    ]
    assignments = [assignment for column in stored for assignment in list_assignments(column)]
    if "codes" in layout.names:
        changes.append(CODES_CHANGE)
        assignments.append(assign("codes", "NULL", "codes"))
    statement = FIND.format(
        changes=" || ".join(changes or ["'{}'::jsonb"]),
        present="".join(f", product.{column.target}" for column in stored),
        assignments="".join(f", {each}" for each in assignments) if layout.choices.conflicts == LEAVE else "",
    )
    cursor.execute(statement, {"owner": owner_id})
    found.chosen["conflicts"] = {line for (line,) in cursor}


def rename_links(cursor: Any, owner_id: int, layout: Columns) -> None:
    """Replace the names of categories, suppliers, groups and places that were renamed since the export."""
    for column in RENAMES.keys() & {*layout.names}:
        cursor.execute(RENAMES[column], {"owner": owner_id, "kind": column})


def list_assignments(column: ProductColumn) -> list[str]:
    """Return SQL that sets the row's column to the product's value, and clears what else the cell has set."""
    # A quantity that was an amount depends on the decimals of the file, so it is left out together with them.
    names = (column.name, "decimals") if column.is_amount else (column.name,)
    further = [assign(name, "NULL", column.name) for name in BESIDE.get(column.name, ())]
    return [assign(column.target, f"found.{column.target}", *names), *further]


def assign(target: str, value: str, *names: str) -> str:
    """Return SQL that sets a column of the rows that have a conflict in one of these fields."""
    fields = ", ".join(f"'{name}'" for name in names)
    return f"{target} = CASE WHEN found.conflicts ?| ARRAY[{fields}] THEN {value} ELSE row.{target} END"


def add_conflicts(cursor: Any, found: Findings, conflicts: dict[int, dict[str, Any]]) -> None:
    """Note further conflicts, by line."""
    if conflicts:
        found.chosen["conflicts"] |= conflicts.keys()
        cursor.execute(ADD, {"lines": list(conflicts), "conflicts": [json.dumps(each) for each in conflicts.values()]})


def list_conflicts(owner_id: int) -> list[dict[str, Any]]:
    """Return the first products with conflicts: the fields with the value of the shop and that of the file."""
    return [
        {"line": line, "product": pk, "name": name, "fields": write_fields(fields, decimals)}
        for line, pk, name, decimals, fields in fetch(LIST_CONFLICTS, {"owner": owner_id, "limit": MAX_LISTED})
    ]
