"""The columns of the product file, for the import, the export and the template.

A new field of products is a field of the model, one of the serializer and one row here.
"""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from core.fields import MAX_ID, DateField, LongTextField, QuantityField, TextField, WholeNumberField
from products.models import Product
from products.serializers import PriceField

MAX_CELL_CHARACTERS = 10_000
DEFAULT_THRESHOLD = Product._meta.get_field("min_threshold").default
REQUIRED = ...  # an empty cell is refused by the field


@dataclass(frozen=True)
class Column:
    """How the cells of a column are validated, stored and written.

    `changed` and `created` are SQL: the value in a product that exists and in a new one. `row` is the row of the file,
    `product` the product.
    """

    name: str
    field: serializers.Field
    type: str  # in the temporary table
    empty: Any  # the value of an empty cell: it clears an optional field, and leaves a key or a number of the ledger
    target: str = ""  # the column of products_product; none for a key or a number of the ledger
    changed: str = ""
    created: str = ""
    exported: str = ""  # the lookup of its value, where that is not the name
    in_template: bool = True


def text(name: str, field: serializers.Field) -> Column:
    """Return a column of text that an empty cell clears."""
    return Column(name, field, "text", "", name, f"row.{name}", f"coalesce(row.{name}, '')")


def key(name: str, field: serializers.Field) -> Column:
    """Return a column of text that may identify the product, so that an empty cell changes nothing."""
    changed = f"coalesce(nullif(row.{name}, ''), product.{name})"
    return Column(name, field, "text", "", name, changed, f"coalesce(row.{name}, '')")


def value(name: str, field: serializers.Field, sql_type: str, empty: Any = None) -> Column:
    """Return a column of numbers or dates."""
    return Column(name, field, sql_type, empty, name, f"row.{name}", f"row.{name}")


def link(name: str) -> Column:
    """Return a column that names a row which the product points at; `row.{name}_id` is its id."""
    target = f"{name}_id"
    return Column(
        name, TextField(max_length=255), "text", "", target, f"row.{target}", f"row.{target}", f"{name}__name"
    )


COLUMNS = (
    Column("id", WholeNumberField(min_value=1, max_value=MAX_ID), "bigint", None, in_template=False),
    key("name", TextField(max_length=255)),
    key("sku", TextField(max_length=64)),
    text("barcode", TextField(max_length=64)),
    text("description", LongTextField(max_length=MAX_CELL_CHARACTERS)),
    text("unit", TextField(max_length=32)),
    value("price", PriceField(), "numeric", REQUIRED),
    value("cost_price", PriceField(), "numeric"),
    Column("quantity", QuantityField(), "bigint", None),
    Column("stock_sequence", QuantityField(max_value=MAX_ID), "bigint", None, in_template=False),
    Column(
        "min_threshold", QuantityField(), "bigint", DEFAULT_THRESHOLD,
        "min_threshold", "row.min_threshold", f"coalesce(row.min_threshold, {DEFAULT_THRESHOLD})",
    ),
    value("expiration_date", DateField(), "date"),
    link("category"),
    link("supplier"),
)  # fmt: skip
NAMES = tuple(column.name for column in COLUMNS)
BY_NAME = {column.name: column for column in COLUMNS}
IN_TEMPLATE = tuple(column.name for column in COLUMNS if column.in_template)
STORED = tuple(column for column in COLUMNS if column.target)
