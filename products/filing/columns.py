"""The columns of the product file, from which the import, the export and the template are built.

A text field of products that people edit is a column, unless it is named here. A field of another type needs a row
here, and in products/filing/rules.py the rule of its cells.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import CharField
from django.utils.translation import gettext

from core.sentences import find_label
from core.translation import gettext_noop as _
from products.models import Product

REQUIRED = ...  # the `empty_value` of a column whose field refuses an empty cell


@dataclass(frozen=True)
class ProductColumn:
    """The rules for storing and exporting the values of a column.

    The two expressions are SQL, in which `row` is the row of the file and `product` is the existing product.
    """

    name: str
    sql_type: str  # the type in the temporary table
    empty_value: Any  # the value of an empty cell
    target: str = ""  # the column of products_product, or an empty text if UPDATE and INSERT don't write it
    update_expression: str = ""  # the new value in an existing product
    insert_expression: str = ""  # the value in a new product
    lookup: str = ""  # the ORM lookup of the exported value; the default is the name
    is_in_template: bool = True
    is_place: bool = False  # True for a column of places, which is exported only with `by=holding`
    is_cost: bool = False  # True for a column that is not exported for workers
    is_money: bool = False
    is_amount: bool = False  # True for a column of quantities, which files have as amounts
    is_beside: bool = False  # True for a column of profiles, which is exported only if the shop uses it

    @property
    def exported(self) -> str:
        return self.lookup or self.name


def text_column(name: str) -> ProductColumn:
    """Return a text column. An empty cell clears the field."""
    return ProductColumn(name, "text", "", name, f"row.{name}", f"coalesce(row.{name}, '')")


def key_column(name: str) -> ProductColumn:
    """Return a text column that may identify the product. An empty cell leaves the field unchanged."""
    update_expression = f"coalesce(nullif(row.{name}, ''), product.{name})"
    return ProductColumn(name, "text", "", name, update_expression, f"coalesce(row.{name}, '')")


def value_column(name: str, sql_type: str, empty_value: Any = None) -> ProductColumn:
    """Return a column of numbers or dates. By default, an empty cell clears the field."""
    return ProductColumn(name, sql_type, empty_value, name, f"row.{name}", f"row.{name}")


def number_column(name: str) -> ProductColumn:
    """Return a column of whole numbers. An empty cell sets the default of the product's field."""
    product_field: Any = Product._meta.get_field(name)
    default = product_field.default
    return ProductColumn(name, "bigint", default, name, f"row.{name}", f"coalesce(row.{name}, {default})")


def amount_column(name: str) -> ProductColumn:
    """Return a column of quantities, which files have as amounts. An empty cell sets the default of the field.

    The import replaces the amounts by quantities before it reads the column.
    """
    column = number_column(name)
    default = f"{column.empty_value} * (ARRAY[1, 10, 100, 1000])[coalesce(row.decimals, 0) + 1]"
    return replace(column, sql_type="numeric", is_amount=True, insert_expression=f"coalesce(row.{name}, {default})")


def link_column(name: str) -> ProductColumn:
    """Return a column with the name of a linked row. The import stores the row's id in `row.{name}_id`."""
    target = f"{name}_id"
    return ProductColumn(name, "text", "", target, f"row.{target}", f"row.{target}", f"{name}__name")


def place_column(name: str, sql_type: str, empty_value: Any) -> ProductColumn:
    """Return a column that names the place of a quantity. The import does not store it in the product."""
    return ProductColumn(name, sql_type, empty_value, is_in_template=False, is_place=True)


def profile_column(name: str) -> ProductColumn:
    """Return a column of a value in the profile. An empty cell removes it. Such cells have one column in SQL."""
    return ProductColumn(name, "text", "", is_in_template=False, is_beside=True)


FIRST = (
    ProductColumn("id", "bigint", None, is_in_template=False),
    key_column("name"),
    key_column("sku"),
    text_column("barcode"),
    text_column("description"),
    text_column("unit"),
    ProductColumn(
        "decimals", "smallint", None, "decimals", "coalesce(row.decimals, product.decimals)",
        "coalesce(row.decimals, 0)", is_in_template=False,
    ),
    replace(value_column("price", "numeric", REQUIRED), is_money=True),
    replace(value_column("cost_price", "numeric"), is_cost=True, is_money=True),
    ProductColumn("quantity", "numeric", None, is_amount=True),
    ProductColumn("stock_sequence", "bigint", None, is_in_template=False),
    # Without a value it is the default of the file, which is null if a person has uploaded it: see stock/importing/.
    ProductColumn(
        "min_threshold", "numeric", None, "min_threshold",
        "CASE WHEN coalesce(row.keeps_stock, product.keeps_stock) THEN coalesce("
        "row.min_threshold, CASE WHEN product.min_threshold IS NOT NULL THEN row.low_at END) END",
        "CASE WHEN row.keeps_stock IS NOT false THEN coalesce("
        "row.min_threshold, CASE WHEN coalesce(row.decimals, 0) = 0 THEN row.low_at END) END",
        is_amount=True,
    ),
    value_column("expiration_date", "date"),
    link_column("category"),
    link_column("supplier"),
    text_column("supplier_sku"),
    replace(link_column("tax"), is_in_template=False),
    amount_column("pack_size"),
    ProductColumn(
        "keeps_stock", "boolean", None, "keeps_stock", "coalesce(row.keeps_stock, product.keeps_stock)",
        "coalesce(row.keeps_stock, true)", is_in_template=False,
    ),
)  # fmt: skip
LAST = (
    ProductColumn("codes", "text", "", lookup="codes_text", is_in_template=False),
    ProductColumn(
        "external_id", "text", "", "external_id", "coalesce(nullif(row.external_id, ''), product.external_id)",
        "nullif(row.external_id, '')", is_in_template=False,
    ),
    ProductColumn("change_sequence", "bigint", None, is_in_template=False),
    profile_column("group"),
    profile_column("tags"),
    place_column("location", "text", ""),
    place_column("lot", "text", ""),
    place_column("expires_on", "date", None),
)  # fmt: skip
NAMED = {column.name for column in (*FIRST, *LAST)}
TEXTS = [name for name in Product.list_edited() if isinstance(Product._meta.get_field(name), CharField)]
COLUMNS = (*FIRST, *(text_column(name) for name in TEXTS if name not in NAMED), *LAST)
COLUMN_NAMES = tuple(column.name for column in COLUMNS)
EXPORT_COLUMNS = tuple(column for column in COLUMNS if not (column.is_place or column.is_beside))
PLACE_COLUMN_NAMES = tuple(column.name for column in COLUMNS if column.is_place)
OPTION, FIELD = "option", "field"
NAMED_COLUMN = re.compile(rf"({OPTION}|{FIELD})\s*:([^\S\n]*\S.*)", re.IGNORECASE)  # `option:size`, `field:brand`
# The columns that only the price list of a supplier has.
LIST_COLUMNS = (
    ProductColumn("min_packs", "numeric", None), ProductColumn("min_units", "numeric", None),
    ProductColumn("lead_days", "integer", None), ProductColumn("price_unit", "numeric", None),
)  # fmt: skip
COLUMNS_BY_NAME = {column.name: column for column in (*COLUMNS, *LIST_COLUMNS)}
TEMPLATE_COLUMN_NAMES = tuple(column.name for column in COLUMNS if column.is_in_template)
STORED_COLUMNS = tuple(column for column in COLUMNS if column.target)
# What pages call the columns, in English. Files for people have these names in the language of the shop.
LABELS = {name: find_label(Product, name) for name in COLUMN_NAMES}
LIST_LABELS = {
    "min_packs": _("Least packs"),
    "min_units": _("Least quantity"),
    "lead_days": _("Lead time in days"),
    "price_unit": _("Quantity of the price"),
}
NAME_PART = "name_part"  # in the parameter `columns`: the cells are added to the name
MAPPED = (*COLUMN_NAMES, NAME_PART)
TITLES = LABELS | LIST_LABELS | {NAME_PART: _("Part of the name")}
MONEY_COLUMNS = tuple(column.name for column in COLUMNS if column.is_money)
AMOUNT_COLUMNS = tuple(column.name for column in COLUMNS if column.is_amount)


def get_column(name: str) -> ProductColumn:
    """Return the column with this name, which may be that of an option or an own field."""
    return COLUMNS_BY_NAME.get(name) or profile_column(name)


# The titles by which texts name columns on pages. Programs always get the names of the API.
said_titles: ContextVar[dict[str, str] | None] = ContextVar("said_titles", default=None)


@contextmanager
def name_by_titles(*, is_page: bool, titles: dict[str, str] = TITLES) -> Iterator[None]:
    """Let texts name columns by their titles in the language of the user, if they are for a page."""
    token = said_titles.set(titles if is_page else None)
    try:
        yield
    finally:
        said_titles.reset(token)


def say_column(name: str) -> str:
    """Return the name of a column as texts have it."""
    titles = said_titles.get()
    return gettext(titles.get(name, name)) if titles else name


def write_value(value: Any) -> str:
    """Return a value as the text of a cell."""
    if isinstance(value, list):
        return ", ".join(value)
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
