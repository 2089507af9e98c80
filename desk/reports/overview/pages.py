"""The pages of the dashboard, the alerts, the levels, the statement and the reports."""

from collections.abc import Callable
from functools import reduce
from operator import getitem
from typing import Any

from django.urls import reverse

from core.pages.columns import PageColumn, Row, columns_of, goods_column, moment_column, money_column, number_column
from core.pages.links import Action, PageLink, link_to_list, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from desk.reports.cards import write_stock
from desk.reports.reading.overview import MAX_HTML_ROWS, SAME_GTIN, UNCATEGORIZED, name_category
from desk.reports.toolkit.parameters import AS_OF, CLOCK, LOCATION, RECORDED
from desk.reports.toolkit.plots import plot_balances, plot_low_stock, plot_totals
from desk.reports.toolkit.report import NO_PRODUCTS, PRODUCT, QUANTITY, SKU
from products.models import Product
from products.page_columns import EXPIRES, STOCK_MARKS
from products.reading.details import add_first_dates, add_units
from stock.pages import CHANGES
from users.access.roles import Right

product_column = columns_of(Product)


def link_to_named_category(row: Row) -> str:
    """Return the address of the products of the category, or an empty text if the filter could not find its name."""
    if row["category"] == UNCATEGORIZED or row["category"].isdigit():
        return ""
    return link_to_list("product-list", category="category")(row)


CATEGORY_VALUES = (
    product_column("category", link=link_to_named_category, write=lambda row: name_category(row["category"])),
    money_column("total_value", "Value", has_bar=True),
)


def nested(*path: str) -> Callable[[Row], Any]:
    """Return a function that reads a nested field."""
    return lambda data: reduce(getitem, path, data)


def products(**filters: str) -> Callable[[Row], str]:
    """Return a function that returns the address of the filtered list of products."""
    return lambda _data: reverse("product-list", query=filters)


def count(name: str, title: str, **filters: str) -> PageColumn:
    """Return the figure of a number of products in the dashboard, which links to these products."""
    return number_column(name, title, write=nested("counts", name), link=products(**filters))


def if_expired(name: str) -> Callable[[Row], Any]:
    """Return a function that returns a value of the dashboard, or None, which pages omit, if nothing has expired."""
    return lambda data: data["financial"][name] if data["financial"]["expired_inventory_value"] else None


DASHBOARD = DetailPage(
    figures=(
        count("total_products", "Products"),
        count("low_stock", "Low on stock", low_stock="true"),
        count("expired_products", "Expired", expired="true"),
        goods_column("stock", "In stock", write=write_stock),
        money_column("value", "Value", write=nested("financial", "total_inventory_value")),
        money_column("expired_value", "Value of expired goods", write=if_expired("expired_inventory_value")),
        money_column("real_value", "Value without expired goods", write=if_expired("real_inventory_value")),
    ),
    sections=(TableSection("analytics", "Value by category", CATEGORY_VALUES, empty=NO_PRODUCTS),),
)
ALERT_COLUMNS = (
    PageColumn("name", "Product", page="product-detail"),
    SKU,
    product_column("quantity", kind="goods", marks=STOCK_MARKS),
    product_column("min_threshold", kind="goods"),
    PageColumn("supplier_name", "Supplier", links_to="supplier"),
    EXPIRES,
)
SAME_GTIN_COLUMNS = (
    PageColumn("name", "Product", page="product-detail"), SKU, product_column("barcode"),
    product_column("quantity", kind="goods"),
)  # fmt: skip
EXPIRED_COLUMNS = (*ALERT_COLUMNS, goods_column("expired_quantity", "Expired"))


def link_to_all(field: str, title: str, **filters: str) -> Callable[[Row], PageLink | None]:
    """Return a function that returns the link below a table of alerts, if the table may have been cut."""
    address = products(**filters)
    return lambda data: PageLink(title, address(data)) if len(data[field]) >= MAX_HTML_ROWS else None


ALERTS = DetailPage(
    sections=(
        TableSection(
            "low_stock", "Low on stock", ALERT_COLUMNS, "No product is low.",
            more=link_to_all("low_stock", "All products that are low on stock", low_stock="true"),
        ),
        TableSection(
            "expired", "Expired", EXPIRED_COLUMNS, "No product has expired.",
            more=link_to_all("expired", "All expired products", expired="true", ordering="expiration_date"),
            choices=(PageLink("Write off", "/shop/write-off/", right=Right.WORK),),
        ),
        TableSection(
            SAME_GTIN, "One barcode on several products", SAME_GTIN_COLUMNS, "Each barcode is that of one product.",
            more=link_to_all(SAME_GTIN, "All products that share a barcode", same_gtin="true"),
        ),
    ),
    actions=(
        Action("Products by expiry date", products(in_stock="true", ordering="expiration_date")),
        Action("Low products", products(low_stock="true", ordering="quantity")),
    ),
    plot=plot_low_stock,
    extend=lambda user, data: {name: add_first_dates(user, rows) for name, rows in data.items()},
)  # fmt: skip
LEVELS = TablePage((PRODUCT, SKU, QUANTITY), NO_PRODUCTS, parameters=(AS_OF, CLOCK, LOCATION), plot=plot_totals)
BOOKED = (
    moment_column("timestamp", "Recorded", page="movement-detail"),
    moment_column("occurred_at", "When"),
)


def add_unit(user: Any, data: Row) -> Row:
    """Return a statement with the unit of its product."""
    [shown] = add_units(user, [data])
    unit = {name: shown[name] for name in ("decimals", "unit") if name in shown}
    return {**shown, "movements": [{**row, **unit} for row in shown["movements"]]}


STATEMENT = DetailPage(
    lambda data: fill("History of {name}", name=data["product_name"]),
    figures=(
        goods_column("opening_balance", "Before"),
        goods_column("closing_balance", "After"),
    ),
    sections=(TableSection("movements", "Movements", (*BOOKED, *CHANGES), empty="Nothing was recorded in this time."),),
    actions=(Action("Product", link_to_row("product-detail", "product")),),
    parameters=RECORDED,
    extend=add_unit,
    plot=plot_balances,
    has_csv=True,
    has_periods=True,
)
