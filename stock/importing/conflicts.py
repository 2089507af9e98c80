"""Find conflicts in an exported file: the shop has changed a field since the export, and the cell differs from it.

Unless the choice is to overwrite, the present value of the shop replaces the cell, so the import does not change it.
stock/importing/table.py describes the temporary table.
"""

import json
from datetime import UTC, datetime
from typing import Any

from core.database.postgres.base import fetch
from products.codes.sql import CODES_TEXT
from products.filing.choices import LEAVE
from products.filing.columns import ProductColumn
from products.filing.states import Columns, Findings
from products.models import Product
from records.history.models import write_change
from stock.importing.changes import MAX_LISTED, write_fields
from stock.importing.table import FILE
from stock.models import Import

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# An export has the number of the last change of each product as `change_sequence`. All later ones have higher numbers,
# because each is made under the lock of its product. Quantities are in no history: `stock_sequence` protects them.
MARK_CHANGED = f"""
WITH since AS (
    SELECT row.line, array_agg(DISTINCT field.name) AS names
    FROM {FILE} AS row
    JOIN history_change AS change ON change.owner_id = %(owner)s AND change.kind = 'product'
        AND change.row_id = row.product_id AND change.id > row.change_sequence
        AND NOT (change.via = 'import' AND change.at > %(after)s AND change.at <= %(until)s)
    CROSS JOIN LATERAL jsonb_object_keys(change.changes) AS field (name)
    GROUP BY row.line
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
ADD = """
UPDATE product_import AS row SET conflicts = coalesce(row.conflicts, '{}') || given.conflicts
FROM unnest(%(lines)s::integer[], %(conflicts)s::jsonb[]) AS given (line, conflicts) WHERE given.line = row.line
"""
LIST = f"""
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
    after, until = find_own_import(owner_id, found)
    cursor.execute(MARK_CHANGED, {"owner": owner_id, "after": after, "until": until})
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


def find_own_import(owner_id: int, found: Findings) -> tuple[datetime, datetime]:
    """Return the times between which the changes of this file's own last import were made. They are no conflicts.

    It is the last import of a file with this name by the same user. Imports of an account run one after the other.
    """
    imports = Import.objects.filter(owner_id=owner_id, code__exact="").order_by("-id")
    last = imports.filter(performed_by_id=found.sent_by, file_name=found.file_name).first()
    before = imports.filter(pk__lt=last.pk).first() if last else None
    return before.created_at if before else LONG_AGO, last.created_at if last else LONG_AGO


def rename_links(cursor: Any, owner_id: int, layout: Columns) -> None:
    """Replace the names of categories, suppliers and groups that were renamed since the export by the present ones."""
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
        for line, pk, name, decimals, fields in fetch(LIST, {"owner": owner_id, "limit": MAX_LISTED})
    ]
