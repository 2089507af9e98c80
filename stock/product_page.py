"""The page of a product: its stock, its level over 90 days, its last movements, its holdings and its buttons.

It also shows its open reservations, and the orders that have an outstanding quantity of it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.lists.serialization import get_row_serializer
from core.money.amounts import price_of
from core.pages.columns import (
    Display,
    PageColumn,
    Row,
    columns_of,
    goods_column,
    mark_goods,
    moment_column,
    money_column,
)
from core.pages.links import Action, PageLink, find_address, link_to_row, link_to_task
from core.pages.plots import Plot, make_level_plot, write_day
from core.pages.tables import DetailPage, TableSection
from core.sentences import fill, write_number
from core.time_zones import midnight, today
from products.models import MAX_OFFERS, Product, Tax
from products.offers.pages import OF_PRODUCT, add_forms, link_to_add
from products.offers.reading import ListedOffers
from products.offers.serializers import OfferSerializer
from products.page_columns import EDIT, EXPIRES, LOW, OF_GROUP, OPTIONS, OUT, TAGS, show_stock
from products.reading.details import add_first_dates
from records.history.models import Kind
from records.history.pages import show_changes
from stock.models import Movement
from stock.pages import CHANGES as MOVED
from stock.pages import NOTHING_BOOKED, WHEN
from stock.places.pages import HOLDING_COLUMNS, add_unheld
from stock.reading import timeline as sql_times
from stock.reading.operations import read_holdings
from stock.reading.timeline import get_product_log
from stock.serializers import MovementSerializer
from trade.purchasing.reading import describe_sent
from trade.reservations.reading import describe_reserved
from users.access.roles import Right, may
from users.reading import shows

DAYS_PLOTTED, DAYS_SOLD = 90, 30
MAX_MOVEMENTS_READ = 20_000  # the most movements that the plot is computed from; they take about a tenth of a second
MOVEMENTS_SHOWN = 10
HOLDINGS_SHOWN = 20
PROMISES_SHOWN = 10  # the most reservations, and the most orders
ADD_CHANGES, CHANGES = show_changes(Kind.PRODUCT)


def add_ledger(user: Any, product: Row) -> Row:
    """Return the product with its last movements, levels, holdings and changes, its reservations and orders.

    Execute up to seven statements, and one each for its VAT, reservations, orders and offers if it has any.
    """
    movements = Movement.objects.for_user(user).filter(product_id=product["id"]).detailed().placed(user.account_id)
    last = movements.order_by("-sequence")[:MOVEMENTS_SHOWN]
    rows = get_row_serializer(MovementSerializer).serialize_queryset(last)
    zone = Display.of(user).time_zone
    levels, sold = read_levels(user.account_id, product, zone) if rows else ([], None)
    [dated] = add_first_dates(user, [product])
    if dated["first_date"] and str(dated["first_date"]) != str(product["expiration_date"]):
        # A lot expires first, and the page shows one date.
        dated = {name: value for name, value in dated.items() if name != "expiration_date"}
    asked = user.account_id, product["id"], PROMISES_SHOWN
    tables = {
        "movements": rows,
        **list_holdings(user, product["id"]),
        "reservations": describe_reserved(*asked) if product["reserved"] else [],
        "orders": describe_sent(*asked) if product["on_order"] else [],
        "offers": [],
    }
    if product["decimals"]:
        unit = {"decimals": product["decimals"], "unit": product["unit"]}
        for name in ("movements", "holdings", "reservations", "orders"):
            tables[name] = [{**row, **unit} for row in tables[name]]
    if SHOWS_OFFERS(user) and may(user, Right.SEE_COSTS):
        offers = ListedOffers(user.account_id).filter(product=product["id"])[0:MAX_OFFERS]
        tables["offers"] = add_forms(user, get_row_serializer(OfferSerializer).serialize_objects(offers))
    tax = {"tax_name": Tax.objects.for_user(user).get(pk=product["tax"])} if product["tax"] else {}
    return {**ADD_CHANGES(user, {**dated, "levels": levels, "sold": sold}), **tax, **tables}


def list_holdings(user: Any, product_id: int) -> Row:
    """Return the first holdings, with a row for the stock that is not held, and whether there are more holdings."""
    holdings = read_holdings(user, product_id, HOLDINGS_SHOWN)
    rows = add_unheld(user, holdings)["holdings"] if holdings["held"] else []
    return {"holdings": rows, "holdings_truncated": holdings["holdings_truncated"]}


def link_to_holdings(product: Row) -> PageLink | None:
    """Return the link to all holdings of the product, if the page does not show all."""
    if not product["holdings_truncated"]:
        return None
    return PageLink("All places and lots", reverse("product-holdings", args=[product["id"]]))


def read_levels(owner_id: int, product: Row, zone: str) -> tuple[list[tuple[date, int]], int | None]:
    """Return the level at the end of each of the last days, by the time when movements happened, and what was sold.

    The levels are computed backwards from the present quantity. Return an empty list and None if the product has
    MAX_MOVEMENTS_READ or more movements in these days.
    """
    last = today(zone)
    days = [last - timedelta(days=ago) for ago in range(DAYS_PLOTTED)]
    midnights = [midnight(day, zone) for day in reversed(days)]
    start = midnights[0]
    log = get_product_log(owner_id, product["id"])
    first = log.find_first_positions(start)[start]
    if product["stock_sequence"] - first >= MAX_MOVEMENTS_READ:
        return [], None
    values = {"first": first, "instant": start, "first_day": days[-1], "midnights": midnights}
    rows = log.fetch(sql_times.CHANGES_BY_DAY, **values, sold_since=midnights[-DAYS_SOLD])
    changes = {day: change for day, change, _sold in rows}
    levels, level = [], product["quantity"]
    for day in days:
        levels.append((day, level))
        level -= int(changes.get(day, 0))
    return levels[::-1], sum(int(sold) for *_, sold in rows)


def plot_levels(product: Row, _display: Display) -> Plot | None:
    if not (product["levels"] and product["keeps_stock"]):
        return None
    levels = [(write_day(day), mark_goods(product, level)) for day, level in product["levels"]]
    title = fill("In stock, the last {number} days", number=DAYS_PLOTTED)
    return make_level_plot(title, levels, mark_goods(product, product["min_threshold"] or 0))


def link_to_stock_task(page: str) -> Callable[[Row], str]:
    """Return a function that returns the address of a task, which products without stock do not have."""
    link = link_to_task(page)
    return lambda product: link(product) if product["keeps_stock"] else ""


def compute_value(product: Row) -> Decimal | None:
    if not product["keeps_stock"]:
        return None
    return price_of(int(product["quantity"]), Decimal(str(product["price"])), product["decimals"])


def write_quantity(product: Row) -> str:
    if show_stock(product) is None:
        return ""
    goods = mark_goods(product, product["quantity"])
    return write_number(goods) if goods.decimals else f"{write_number(goods)} {product['unit']}".strip()


def list_facts(product: Row, display: Display) -> list[str]:
    """Return what the page says beside the stock: whether it is counted, and when it expires."""
    facts = [] if product["keeps_stock"] else [gettext("Its stock is not counted.")]
    if not EXPIRES.is_empty(product):
        said = EXPIRES.heading if "expiration_date" in product else gettext("The next lot expires")
        facts.append(format_html("{} {}", said, EXPIRES.cell(product, display).html))
    return facts


def write_further_codes(product: Row) -> str:
    codes = ((code["code"], mark_goods(product, code["quantity"])) for code in product["codes"])
    return ", ".join(f"{code} = {write_number(quantity)}" for code, quantity in codes)


def write_expired(product: Row) -> str:
    """Return the expired quantity if only a part of the stock has expired, otherwise an empty text."""
    part, whole = (mark_goods(product, product[name]) for name in ("expired_quantity", "quantity"))
    said = fill("{part:,} of {all:,}", part=part, all=whole)
    return said if 0 < product["expired_quantity"] < product["quantity"] else ""


ORDER_COLUMNS = (
    PageColumn("order", "No.", page="purchase-order-detail", id_field="order"),
    PageColumn("supplier_name", "Supplier"),
    goods_column("outstanding", "Outstanding"),
    PageColumn("expected_on", "Expected", kind="date"),
)
RESERVED_COLUMNS = (
    moment_column("created_at", "Added", page="reservation-detail", id_field="reservation_id"),
    goods_column("quantity", "Quantity"),
    moment_column("expires_at", "Until"),
    PageColumn("made_by_username", "Who"),
    PageColumn("reference", "For whom"),
)
product_column = columns_of(Product)


def edited_column(name: str, **options: Any) -> PageColumn:
    """Return a column whose value the page changes where it is shown."""
    return product_column(name, edits=name, **options)


BUYS, SHOWS_OFFERS = shows("purchasing"), shows("offers")
# The price is first, because each product has one. What is promised, comes and goes is beside the price and the stock.
FIGURES = (
    edited_column("price", kind="money"),
    product_column("quantity", marks=(OUT, LOW), write=write_quantity),
    goods_column("reserved", "Reserved", write=lambda one: one["reserved"] or None),
    goods_column(
        "available",
        "Available",
        write=lambda one: one["available"] if one["reserved"] and one["keeps_stock"] else None,
    ),
    goods_column("on_order", "On order", write=lambda one: one["on_order"] or None),
    PageColumn(
        "expected_on",
        "Expected",
        kind="date",
        write=lambda one: next((order["expected_on"] for order in one["orders"]), None),
    ),
    goods_column("sold", "Sold in 30 days"),
)
COLUMNS = (
    OF_GROUP,
    replace(OPTIONS, edits="options", is_offered=lambda _user: False),
    edited_column("sku"),
    edited_column("barcode"),
    PageColumn("codes", write=write_further_codes, edits="codes"),
    product_column("external_id"),
    PageColumn("category_name", "Category", links_to="category", edits="category"),
    edited_column("min_threshold", kind="goods"),
    PageColumn("supplier_name", "Supplier", links_to="supplier", edits="supplier", is_offered=BUYS),
    PageColumn("tax_name", "VAT", links_to="tax", edits="tax", is_offered=shows("payments")),
    replace(TAGS, edits="tags"),
    edited_column("supplier_sku", is_offered=BUYS),
    edited_column(
        "pack_size",
        kind="goods",
        is_offered=BUYS,
        write=lambda one: one["pack_size"] if one["pack_size"] > 1 else None,
    ),
    product_column("decimals", kind="number", write=lambda product: product["decimals"] or None),
    money_column("value", "Value", write=compute_value, is_extra=True),
    edited_column("cost_price", kind="money"),
    product_column(
        "stock_value", kind="money", write=lambda one: one.get("stock_value") if one["keeps_stock"] else None
    ),
    product_column("keeps_stock", write=lambda one: "" if one["keeps_stock"] else gettext("no")),
    edited_column("expiration_date", kind="date"),
    PageColumn("expired_quantity", "Expired", write=write_expired),
    product_column("last_counted_at", kind="moment"),
    product_column("created_at", kind="moment", is_extra=True),
    product_column("updated_at", kind="moment", is_extra=True),
    edited_column("description"),
)
NAMED = {"name", "unit", "category", "supplier", "tax", *(column.name for column in (*FIGURES, *COLUMNS))}
PRODUCT = DetailPage(
    "name",
    figures=FIGURES,
    head="shop/product_head.html",
    facts=list_facts,
    columns=(*COLUMNS, *map(edited_column, Product.list_further(NAMED))),
    sections=(
        OF_PRODUCT,
        TableSection("orders", "On order", ORDER_COLUMNS, empty="", is_optional=True),
        TableSection("reservations", "Reserved", RESERVED_COLUMNS, empty="", is_optional=True),
        TableSection("holdings", "Places and lots", HOLDING_COLUMNS, "", more=link_to_holdings, is_optional=True),
        TableSection("movements", "Last movements", (WHEN, *MOVED[:-1]), NOTHING_BOOKED),
        CHANGES,
    ),
    actions=(
        Action("Sell", link_to_task("shop-sell"), style="primary", right=Right.WORK),
        Action("Receive", link_to_task("shop-receive"), right=Right.WORK),
        Action("Count", link_to_stock_task("shop-count"), right=Right.WORK),
        Action("Return", link_to_task("shop-find-sale"), right=Right.WORK),
        Action("Write off", link_to_stock_task("shop-write-off"), right=Right.WORK),
        Action("Move", link_to_stock_task("shop-move"), right=Right.WORK, is_offered=shows("places")),
        Action("Make", link_to_stock_task("shop-make"), right=Right.WORK, is_offered=shows("making")),
        Action("Take apart", link_to_stock_task("shop-take-apart"), right=Right.WORK, is_offered=shows("making")),
        Action("New order", link_to_task("shop-reserve"), right=Right.WORK),
        Action("Add a supplier", link_to_add, right=Right.MANAGE_PRODUCTS, is_offered=shows("offers", "purchasing")),
        Action("Prices", lambda one: find_address("product-prices", one["id"]), is_offered=shows("prices")),
        Action("Labels", link_to_task("shop-labels"), right=Right.READ),
        Action("History", link_to_row("product-movements")),
        Action("Purchases", link_to_row("product-purchases"), right=Right.SEE_COSTS),
        Action(
            "Another picture",
            lambda product: "#another-picture" if product["picture"] else "",
            right=Right.MANAGE_PRODUCTS,
            is_offered=shows("pictures"),
        ),
        EDIT,
        Action("Archive", form="DELETE"),
    ),
    actions_shown=3,
    extend=add_ledger,
    plot=plot_levels,
    picture=PageLink("Picture", "shop-picture", right=Right.MANAGE_PRODUCTS, is_offered=shows("pictures")),
)
