"""The pages of the dashboard, the alerts, the levels, the statement and the reports."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from operator import getitem
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.pages.columns import Mark, PageColumn, Row, columns_of, mark_goods, write_shown
from core.pages.links import Action, PageLink, link_to_list, link_to_row
from core.pages.parameters import Parameter
from core.pages.periods import PERIODS
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.sums import find_amounts
from core.translation import gettext_noop as _
from desk.reports.parameters import MARGINS_BY
from desk.reports.plots import plot_balances, plot_days, plot_low_stock, plot_margins, plot_totals
from desk.reports.reading.alerts import MAX_HTML_ROWS, SAME_GTIN
from desk.reports.reading.dashboard import UNCATEGORIZED, UNGROUPED, name_category
from desk.reports.reorder_page import A_DAY, COLUMNS, DAYS_IN_STOCK, FACTOR, ReorderPage
from desk.reports.sql_losses import WRITE_OFFS
from products.look_ups import CATEGORIES
from products.models import Product
from products.pages import EXPIRES, STOCK_MARKS
from products.reading.details import add_first_dates
from products.reading.units import add_units
from stock.models import Lot
from stock.pages import CHANGE, CHANGES, NOTHING_BOOKED, REASON, REFERENCE, REVERSED, WHEN, WHO
from stock.places.look_ups import LOCATIONS
from suppliers.look_ups import SUPPLIERS
from users.access.roles import Right

PRODUCT = PageColumn("name", "Product", page="product-detail", id_field="product")
product_column = columns_of(Product)
SKU = product_column("sku", is_extra=True)
QUANTITY = product_column("quantity", kind="goods")
VALUE = PageColumn("value_at_price", "Value", kind="money", has_bar=True)
PERIOD = Parameter("period", choices=(("", "---------"), *PERIODS.items()))
FROM = Parameter("from", kind="date", hint=_("This day and later."))
TO = Parameter("to", kind="date")
AS_OF = Parameter("as_of", _("As of"), kind="date")
CLOCK = Parameter(
    "clock", _("By the time of"), choices=(("occurred", _("happening")), ("recorded", _("booking"))),
    hint=_("Sales can be booked later than they happened."),
)  # fmt: skip
CATEGORY = Parameter("category", look_up=CATEGORIES)
LOCATION = Parameter("location", look_up=LOCATIONS, hint=_("What lay there."))


def link_to_category(data: Row) -> str:
    return "" if data["category"] is None else link_to_list("product-list", category="category")(data)


def is_group(row: Row) -> bool:
    """Return whether the row of the margins is about a group of variants, or about the products without one."""
    return bool(row["group"]) or (row["name"] == UNGROUPED and row["product"] is None and row["category"] is None)


def link_to_named_category(row: Row) -> str:
    """Return the address of the products of the category, or an empty text if the filter could not find its name."""
    if row["category"] == UNCATEGORIZED or row["category"].isdigit():
        return ""
    return link_to_list("product-list", category="category")(row)


CATEGORY_VALUES = (
    product_column("category", link=link_to_named_category, write=lambda row: name_category(row["category"])),
    PageColumn("total_value", "Value", kind="money", has_bar=True),
)
CATEGORY_NAME = PageColumn(
    "category_name", "Category", link=link_to_category, write=lambda row: name_category(row["category_name"])
)
NO_PRODUCTS = _("No products yet.")


def nested(*path: str) -> Callable[[Row], Any]:
    """Return a function that reads a nested field."""
    return lambda data: reduce(getitem, path, data)


def products(**filters: str) -> Callable[[Row], str]:
    """Return a function that returns the address of the filtered list of products."""
    return lambda _data: f"{reverse('product-list')}?{urlencode(filters)}".rstrip("?")


def count(name: str, title: str, **filters: str) -> PageColumn:
    """Return the figure of a number of products in the dashboard, which links to these products."""
    return PageColumn(name, title, kind="number", write=nested("counts", name), link=products(**filters))


def if_expired(name: str) -> Callable[[Row], Any]:
    """Return a function that returns a value of the dashboard, or None, which pages omit, if nothing has expired."""
    return lambda data: data["financial"][name] if data["financial"]["expired_inventory_value"] else None


def write_stock(data: Row) -> Any:
    """Return the stock of the dashboard, by unit if it has several or one that is measured."""
    return find_amounts(data["stock"], "total_stock") or data["stock"]["total_stock"]


DASHBOARD = DetailPage(
    figures=(
        count("total_products", "Products"),
        count("low_stock", "Low on stock", low_stock="true"),
        count("expired_products", "Expired", expired="true"),
        PageColumn("stock", "In stock", kind="goods", write=write_stock),
        PageColumn("value", "Value", kind="money", write=nested("financial", "total_inventory_value")),
        PageColumn(
            "expired_value", "Value of expired goods", kind="money", write=if_expired("expired_inventory_value")
        ),
        PageColumn("real_value", "Value without expired goods", kind="money", write=if_expired("real_inventory_value")),
    ),
    sections=(TableSection("analytics", "Value by category", CATEGORY_VALUES, empty=NO_PRODUCTS),),
)
ALERT_COLUMNS = (
    PageColumn("name", "Product", page="product-detail"),
    SKU,
    product_column("quantity", kind="goods", marks=STOCK_MARKS),
    product_column("min_threshold", kind="goods"),
    PageColumn("supplier_name", "Supplier", page="supplier-detail", id_field="supplier"),
    EXPIRES,
)
SAME_GTIN_COLUMNS = (
    PageColumn("name", "Product", page="product-detail"), SKU, product_column("barcode"),
    product_column("quantity", kind="goods"),
)  # fmt: skip
EXPIRED_COLUMNS = (*ALERT_COLUMNS, PageColumn("expired_quantity", "Expired", kind="goods"))


def link_to_all(field: str, title: str, **filters: str) -> Callable[[Row], PageLink | None]:
    """Return a function that returns the link below a table of alerts, if the table may have been cut."""
    address = products(**filters)
    return lambda data: PageLink(title, address(data)) if len(data[field]) >= MAX_HTML_ROWS else None


ALERTS = DetailPage(
    sections=(
        TableSection(
            "low_stock", "Low on stock", ALERT_COLUMNS, _("No product is at or below its threshold."),
            more=link_to_all("low_stock", _("All products that are low on stock"), low_stock="true"),
        ),
        TableSection(
            "expired", "Expired", EXPIRED_COLUMNS, _("No product has expired."),
            more=link_to_all("expired", _("All expired products"), expired="true", ordering="expiration_date"),
            choices=(PageLink("Write off", "/shop/write-off/", right=Right.WORK),),
        ),
        TableSection(
            SAME_GTIN, "One barcode on several products", SAME_GTIN_COLUMNS, _("Each barcode is that of one product."),
            more=link_to_all(SAME_GTIN, _("All products that share a barcode"), same_gtin="true"),
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
    PageColumn("timestamp", "Booked", kind="moment", page="movement-detail"),
    PageColumn("occurred_at", "When", kind="moment"),
)


def add_unit(user: Any, data: Row) -> Row:
    """Return a statement with the unit of its product."""
    [shown] = add_units(user, [data])
    unit = {name: shown[name] for name in ("decimals", "unit") if name in shown}
    return {**shown, "movements": [{**row, **unit} for row in shown["movements"]]}


STATEMENT = DetailPage(
    lambda data: fill("Statement of {name}", name=data["product_name"]),
    figures=(
        PageColumn("opening_balance", "Opening balance", kind="goods"),
        PageColumn("closing_balance", "Closing balance", kind="goods"),
    ),
    sections=(
        TableSection("movements", "Movements", (*BOOKED, *CHANGES), empty=_("Nothing was booked in this time.")),
    ),
    actions=(Action("Product", link_to_row("product-detail", "product")),),
    parameters=(PERIOD, FROM, TO),
    extend=add_unit,
    plot=plot_balances,
    has_csv=True,
    has_periods=True,
)
DAILY_MOVEMENTS = TablePage(
    (
        PageColumn("day", "Day", kind="date"),
        PRODUCT,
        SKU,
        PageColumn("quantity_in", "In", kind="goods"),
        PageColumn("quantity_out", "Out", kind="goods"),
        PageColumn("net", "Net", kind="change"),
        PageColumn("movements", "Movements", kind="number", is_extra=True),
    ),
    empty=_("Nothing has moved in this time."),
    plot=plot_days,
    parameters=(PERIOD, FROM, TO, CLOCK, CATEGORY),
    has_csv=True,
    has_periods=True,
)
WORTH = (
    PageColumn("products", "Products in stock", kind="number"),
    QUANTITY,
    VALUE,
    PageColumn("value_at_cost", "Value at cost", kind="money", is_optional=True),
    PageColumn("products_without_cost", "Without a cost", kind="number", is_optional=True),
)
VALUATION = DetailPage(
    figures=WORTH,
    extend=lambda _user, data: {**data, **data["total"]},
    sections=(
        TableSection(
            "categories", "By category", (CATEGORY_NAME, *WORTH), NO_PRODUCTS,
            note=lambda data: _("There are more categories: the CSV has all.") if data["categories_truncated"] else "",
        ),
    ),
    parameters=(AS_OF, CLOCK),
    has_csv=True,
)  # fmt: skip
IDLE = TablePage(
    (
        PRODUCT,
        SKU,
        QUANTITY,
        PageColumn("last_movement_at", "Last movement", kind="moment"),
        PageColumn("days_idle", "Days", kind="number", has_bar=True),
        replace(VALUE, has_bar=False),
    ),
    empty=_("Every product has moved in this time."),
    parameters=(Parameter("days", _("Days without movement"), hint=_("By default 30.")), CATEGORY),
    has_csv=True,
)
NOT_COUNTED = TablePage(
    (
        PRODUCT,
        SKU,
        PageColumn("category_name", "Category"),
        QUANTITY,
        product_column("last_counted_at", kind="moment"),
        PageColumn("days_since", "Days", kind="number", has_bar=True),
        replace(VALUE, has_bar=False),
    ),
    empty=_("Every product was counted in this time."),
    parameters=(Parameter("days", _("Days without a count"), hint=_("By default 30.")), CATEGORY),
    has_csv=True,
)
RATE = (
    Parameter("days", _("Days of sales"), hint=_("By default 30.")),
    Parameter("cover", _("Days to cover"), hint=_("How many days a delivery is to last. By default 14.")),
    Parameter(
        "basis", _("Sales of"), choices=(("last", _("the last days")), ("year_ago", _("the same season a year ago"))),
        hint=_("A year ago: as many days as the delivery takes and is to last."),
    ),
    Parameter("factor", _("Sales times"), is_numeric=True, hint=_("For instance 1.20 for a fifth more. By default 1.")),
)  # fmt: skip
REORDER = ReorderPage(
    COLUMNS,
    empty=_("Nothing has to be ordered."),
    parameters=(
        Parameter("supplier", look_up=SUPPLIERS),
        *RATE,
    ),
    has_csv=True,
    template="reports/reorder.html",
)
REASONS_OF_LOSSES = ("count", *WRITE_OFFS)
LOSSES_BY = {
    "window": _("nothing: each count"), "product": _("product"), "location": _("place"), "month": _("month"),
    "reason": _("reason"),
}  # fmt: skip
BESIDE = _(
    "Deliveries, sales and transfers are shown because they happened in the same time as the loss. That does not mean"
    " that they have caused it, or that those who sold have taken anything."
)
WITHOUT_COST = Mark("without a cost", lambda row: row["sold"] and row["sold_without_cost"] == row["sold"])
PARTLY_WITHOUT_COST = Mark("partly without a cost", lambda row: 0 < row["sold_without_cost"] < row["sold"])
ENTER_COSTS = _(
    "Some goods were sold without a cost, because none was known when they came in. The percentages leave them out."
    " Enter the cost price of each product: what comes in from then on has a cost."
)
ABOUT_COSTS = PageLink(_("Goods without a cost"), "/docs/costs/#goods-without-a-cost")
REVENUE, MARGIN = PageColumn("revenue", "Revenue", kind="money"), PageColumn("margin", "Margin", kind="money")
COST = PageColumn("cost", "Cost", kind="money", marks=(WITHOUT_COST, PARTLY_WITHOUT_COST))
PERCENT = PageColumn("margin_percent", "Percent", kind="decimal")
REVENUE_WITHOUT_COST = PageColumn(
    "revenue_without_cost", "Revenue without a cost", kind="money", is_optional=True,
    write=lambda row: row["revenue_without_cost"] if row["sold_without_cost"] else None,
)  # fmt: skip
MARGINS = TablePage(
    (
        PageColumn("day", "Day", kind="date", is_optional=True),
        PageColumn(
            "product", page="product-detail", id_field="product", is_optional=True,
            write=lambda row: row["product"] and row["name"],
        ),
        replace(SKU, is_optional=True),
        PageColumn(
            "category", link=link_to_category, is_optional=True,
            write=lambda row: None if row["product"] or row["day"] or is_group(row) else name_category(row["name"]),
        ),
        PageColumn(
            "group", "Group", page="group-detail", id_field="group", is_optional=True,
            write=lambda row: name_category(row["name"]) if is_group(row) else None,
        ),
        PageColumn("sold", "Sold", kind="goods"),
        PageColumn("returned", "Returned", kind="goods", is_optional=True, write=lambda row: row["returned"] or None),
        REVENUE,
        COST,
        replace(MARGIN, has_bar=True),
        PERCENT,
        PageColumn("adjustment", "Adjustment", kind="money", is_optional=True,
                   write=lambda row: Decimal(row["adjustment"]) or None),
        PageColumn("sold_without_cost", "Sold without a cost", kind="goods", is_optional=True, is_extra=True,
                   write=lambda row: row["sold_without_cost"] or None),
        replace(REVENUE_WITHOUT_COST, is_extra=True),
    ),
    empty=_("Nothing was sold in this time."),
    parameters=(PERIOD, FROM, TO, Parameter("by", _("Grouped by"), choices=tuple((word, word) for word in MARGINS_BY))),
    figures=(MARGIN, PERCENT, REVENUE, COST, REVENUE_WITHOUT_COST),
    plot=plot_margins,
    note=lambda data: ENTER_COSTS if data["totals"]["sold_without_cost"] else "",
    more=lambda data: ABOUT_COSTS if data["totals"]["sold_without_cost"] else None,
    has_csv=True,
    has_periods=True,
)  # fmt: skip


def write_sales(row: Row) -> str:
    """Return the quantity that each till and user has sold in a window, the most first."""
    return "; ".join(
        f"{one['till_name'] or one['username']}: {write_shown(mark_goods(row, one['units']), ',')}"
        for one in row["sales"]
    )


def write_others(row: Row) -> str:
    return "; ".join(
        f"{gettext(one['reason'])}: {write_shown(mark_goods(row, one['units']), '+,')}" for one in row["others"]
    )


def write_moved(row: Row) -> str | None:
    """Return what transfers have brought and taken in a window, or None without any."""
    moved = row["transfers"]
    if not moved or not moved["number"]:
        return None
    came, left = (mark_goods(row, moved[name]) for name in ("units_in", "units_out"))
    return fill("{came:,} in, {left:,} out", came=came, left=left)


def write_delivered(row: Row) -> Any:
    return (row["deliveries"] or {}).get("units") or None


LOSSES = TablePage(
    (
        PageColumn(
            "product", page="product-detail", id_field="product", is_optional=True,
            write=lambda row: row["product"] and row["name"],
        ),
        replace(SKU, is_optional=True),
        PageColumn("location_name", "Place", page="location-detail", id_field="location", is_optional=True),
        PageColumn("lot_code", "Lot", page="lot-detail", id_field="lot", is_optional=True),
        PageColumn("month", "Month", is_optional=True),
        PageColumn("reason", "Reason", kind="words", codes=REASONS_OF_LOSSES, is_optional=True),
        PageColumn("from", "Since", kind="moment", is_optional=True),
        PageColumn("to", "Counted", kind="moment", page="operation-detail", id_field="operation", is_optional=True),
        PageColumn("units", "Missing", kind="goods"),
        PageColumn("value", "Value", kind="money"),
        PageColumn("delivered", "Delivered", kind="goods", is_optional=True, write=write_delivered),
        PageColumn("sales", "Sold by", is_optional=True, write=write_sales),
        PageColumn("transfers", "Moved", is_optional=True, write=write_moved),
        PageColumn("others", "Other changes", is_optional=True, write=write_others),
    ),
    empty=_("No count of this time has found a difference."),
    parameters=(
        PERIOD, FROM, TO, Parameter("by", _("Grouped by"), choices=tuple(LOSSES_BY.items())), CATEGORY,
    ),
    note=lambda data: BESIDE if any(row["deliveries"] for row in data["results"]) else "",
    has_csv=True,
    has_periods=True,
)  # fmt: skip


DAYS_LEFT = TablePage(
    (
        PRODUCT,
        SKU,
        QUANTITY,
        PageColumn("sold", "Sold", kind="goods"),
        DAYS_IN_STOCK,
        A_DAY,
        FACTOR,
        PageColumn("days_left", "Days left", kind="number", has_bar=True),
        PageColumn("runs_out_on", "Runs out on", kind="date"),
    ),
    empty=_("Nothing was sold in this time."),
    parameters=(*RATE, CATEGORY),
    has_csv=True,
)


def write_trace_title(lot: Lot) -> str:
    return fill("Trace of lot {code} of {product_name}", code=lot.code, product_name=lot.product.name)


TRACE = TablePage(
    (
        replace(WHEN, id_field="movement"),
        CHANGE,
        PageColumn("left", "Left", kind="goods"),
        PageColumn("location_name", "Place", page="location-detail", id_field="location", is_optional=True),
        replace(REASON, page="operation-detail", id_field="operation", marks=(REVERSED,)),
        PageColumn("reverses", "Reverses operation", page="operation-detail", id_field="reverses", is_optional=True),
        replace(REFERENCE, is_extra=False, is_optional=True),
        WHO,
        PageColumn("supplier_name", "Supplier", page="supplier-detail", id_field="supplier", is_optional=True),
        PageColumn("order", "Purchase order", page="purchase-order-detail", id_field="order", is_optional=True),
        PageColumn("customer_name", "Customer", is_optional=True, page="customer-detail", id_field="customer"),
        PageColumn("reservation", "Reservation", page="reservation-detail", id_field="reservation", is_optional=True),
        PageColumn("returns", "Return of sale", page="operation-detail", id_field="returns", is_optional=True),
    ),
    empty=NOTHING_BOOKED,
    figures=(
        PageColumn("in", "In", kind="goods"),
        PageColumn("out", "Out", kind="goods"),
        PageColumn("left", "Left", kind="goods"),
    ),
    note=lambda _data: _("The numbers above leave out what only moved between places, and what was undone."),
    has_csv=True,
)
