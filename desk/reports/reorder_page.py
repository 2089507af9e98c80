"""The page with suggested orders. One click turns the suggestions for a supplier into a draft."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.amounts import scale
from core.pages.columns import Display, Mark, PageColumn, Row, columns_of, list_shown, make_cells
from core.pages.tables import TablePage, plain_head
from core.pages.verbs import make_form_key
from core.sentences import fill, fill_plural
from core.translation import gettext_noop as _
from products.look_ups import PRODUCTS
from products.models import Product
from users.access.roles import Right, may

MAX_ROWS = 500  # the limit of the page
MAX_LINES = 90  # the limit of a form, because the owner reads it before making a draft of it
MORE = _("There are more products: make a draft of these, and this page shows the next ones.")
WITHOUT_SUPPLIER = _("Without supplier")
NO_FORM = _("Give these products a supplier to order them.")

LATE = Mark("order now", lambda row: row["is_late"], "urgent")


def shown_above_zero(name: str, title: str = "") -> PageColumn:
    """Return a column of numbers that is omitted if all rows have 0."""
    return PageColumn(name, title, kind="goods", is_optional=True, write=lambda row: row[name] or None)


def write_days_in_stock(row: Row) -> str:
    """Return the days in stock and the days of the window, as a text."""
    return fill("{number:,} of {days:,}", number=row["in_stock_days"], days=row["window_days"])


def write_per_day(row: Row) -> Any:
    return scale(Decimal(str(row["per_day"])), row["decimals"])


# The numbers behind the rate, for the page of the days left, too.
FEW = Mark("few days", lambda row: row["few_days"])
DAYS_IN_STOCK = PageColumn("in_stock_days", "Days in stock", is_extra=True, write=write_days_in_stock, marks=(FEW,))
A_DAY = PageColumn("per_day", "A day", kind="decimal", write=write_per_day)
FACTOR = PageColumn(
    "factor", "Sales times", kind="decimal", is_extra=True, is_optional=True,
    write=lambda row: row["factor"] if Decimal(str(row["factor"])) != 1 else None,
)  # fmt: skip
product_column = columns_of(Product)
COLUMNS = (
    PageColumn("name", "Product", page="product-detail", id_field="product"),
    product_column("sku", is_extra=True, is_optional=True),
    product_column("supplier_sku", is_extra=True, is_optional=True),
    product_column("quantity", kind="goods"),
    shown_above_zero("reserved"),
    shown_above_zero("on_order"),
    shown_above_zero("in_draft", _("In drafts")),
    product_column("min_threshold", kind="goods", is_extra=True),
    PageColumn("suggested_threshold", "Sold until a delivery", kind="goods", is_extra=True),
    PageColumn("sold", "Sold", kind="goods"),
    DAYS_IN_STOCK,
    A_DAY,
    FACTOR,
    PageColumn("days_left", "Days left", kind="number"),
    PageColumn("order_by", "Order by", kind="date", marks=(LATE,)),
    PageColumn("needed", "Needed", kind="goods"),
    product_column("pack_size", kind="goods"),
    PageColumn("cost", "Cost", kind="money", is_optional=True),
)


class ReorderPage(TablePage):
    """The suggested orders, one below the other."""

    def context(self, request: Any, view: Any, data: Any, display: Display) -> dict[str, Any]:
        user, rows = request.user, data["results"]
        may_order = may(user, Right.MANAGE_ORDERS)
        texts = PRODUCTS.describe_all(user, [row["product"] for row in rows]) if may_order else {}
        today = user.shop_today().isoformat()
        shown = [{**row, "is_late": row["order_by"] is not None and str(row["order_by"]) <= today} for row in rows]
        orders = [make_order(list(part), display, texts) for _, part in groupby(shown, lambda row: row["supplier"])]
        return {"orders": orders, "order_address": reverse("shop-order"), "empty": self.empty}


def make_order(rows: Sequence[Row], display: Display, texts: dict[int, str]) -> dict[str, Any]:
    """Return the variables of the order of these rows of one supplier.

    `texts` has the texts by which a form finds the products. It is empty for a user who may not order. The order is a
    form if it has a key, which needs a supplier and a user who may order.
    """
    first, listed = rows[0], rows[:MAX_LINES] if texts else rows
    supplier = first["supplier"]
    columns = list_shown(COLUMNS, listed)
    return {
        "supplier": supplier,
        "title": first["supplier_name"] or gettext(WITHOUT_SUPPLIER),
        "address": reverse("supplier-detail", args=[supplier]) if supplier else "",
        "words": describe_reorder(listed, display),
        "heads": [plain_head(column) for column in columns],
        "rows": [
            {"cells": cells, "name": row["name"], "text": texts.get(row["product"], ""), "suggested": row["suggested"]}
            for row, cells in zip(listed, make_cells(columns, listed, display), strict=True)
        ],
        "key": make_form_key() if supplier and texts else "",
        "note": gettext(MORE) if len(listed) < len(rows) else gettext(NO_FORM) if texts and not supplier else "",
    }


def describe_reorder(rows: Sequence[Row], display: Display) -> str:
    """Return the number of products, the known part of their cost, and the time until they would arrive, as a text."""
    number, days = len(rows), rows[0]["lead_days"]
    costs = [Decimal(row["cost"]) for row in rows if row["cost"] is not None]
    said = fill_plural("{number:,} product", "{number:,} products", number)
    if costs:
        what = gettext("{products} for {cost}") if len(costs) == number else gettext("{products} for {cost} and more")
        said = what.format(products=said, cost=display.money(sum(costs)))
    delivery = fill_plural("A delivery takes {number:,} day.", "A delivery takes {number:,} days.", days)
    return f"{said}. {delivery}"
