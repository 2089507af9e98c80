"""The start page at /api/: the shop's figures and bars, things that need attention, today's movements, and buttons."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, F, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext

from core.database.replicas import read
from core.lists.serialization import get_row_serializer
from core.money.sums import BY_UNIT, Amounts, collect_units, sum_amounts
from core.pages.columns import Display, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, find_address, find_form_page
from core.pages.tables import DetailPage, TableSection
from core.sentences import fill, fill_plural, write_number
from core.translation import gettext_noop as _
from desk.reports.reading import overview
from desk.reports.reading.overview import compute_dashboard_with_cost
from inventory_api.start_cards import list_first_steps, make_cards
from products.models import Product
from products.page_columns import STOCK_MARKS
from products.reading.details import add_units_of_amounts, read_expiring
from stock.models import Movement, OperationReason
from stock.pages import CHANGE, PRODUCT, REASON, WHO
from stock.reading.timeline import Span, get_movement_log, narrow_to_span
from stock.serializers import MovementSerializer
from trade.reservations import pages as reservation_pages
from trade.reservations.models import Reservation
from users.access.permissions import is_in_group, routes
from users.access.roles import Right, may
from users.errors import AccountClosing

ROWS_SHOWN = 6
ROWS_ON_A_PHONE = 3  # the style sheet hides the other rows
DAYS_AHEAD = 30
MAX_MOVEMENTS_ADDED = 20_000  # today's movements are added up to this number, which takes about a tenth of a second
NO_SHOP = _("You belong to no shop yet. Open one of your own, or ask the owner of a shop to add you as a worker.")
COUNTING = _("Choose a counting list, then enter what you count.")
STAFF = _("You work at the support desk, and own no shop.")


# Returns the number of movements, and their sums by unit. The statement in it reads the movements.
TODAY_BY_UNIT = """
SELECT coalesce(sum(movements), 0)::bigint, {units}
FROM (
    SELECT product.unit AS of_unit, count(*) AS movements,
        {quantity_in} AS quantity_in_amount, {quantity_out} AS quantity_out_amount
    FROM ({{}}) AS movement
    JOIN products_product AS product ON product.owner_id = {{owner}} AND product.id = movement.of_product
    GROUP BY product.unit
) AS one_unit
""".format(  # noqa: S608, constants
    units=collect_units("quantity_in", "quantity_out"),
    quantity_in=sum_amounts("CASE kind WHEN 'IN' THEN moved ELSE 0 END"),
    quantity_out=sum_amounts("CASE kind WHEN 'OUT' THEN moved ELSE 0 END"),
)


def describe_shop(user: Any, links: Row) -> Row:
    """Return the data of the user's shop that the page shows.

    The number of statements is always the same, and one more in a shop that may have first steps to do.
    """
    methods = [(name, *method) for name, route in routes().items() for method in route.roles.items()]
    allowed = {(name, method) for name, method, group in methods if is_in_group(user, group)}
    page: dict[str, Any] = {"links": links, "allowed": allowed, "is_staff": user.is_staff}
    if user.account_id is None:
        return {**page, "has_shop": False, "has_figures": False, "words": gettext(STAFF if user.is_staff else NO_SHOP)}
    if not may(user, Right.READ):
        return {**page, "has_shop": True, "has_figures": False, "words": gettext(COUNTING)}
    now = Display.of(user).local(datetime.now(UTC))
    dashboard, cost = compute_dashboard_with_cost(user)
    shop: dict[str, Any] = {
        **page, "has_shop": True, "has_figures": True, **dashboard, "cost": cost, **find_expiring(user, now.date()),
        "expired_orders": read_expired_orders(user),
        **read_movements_of_today(user, now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)),
    }  # fmt: skip
    low = overview.find_alerts(user)["low_stock"].values(
        "id", "name", "quantity", "min_threshold", "is_low_stock", "decimals", "unit", "reserved", "available"
    )
    is_empty = not (shop["counts"]["total_products"] or shop["booked"])
    shop |= {"low": list(low[:ROWS_SHOWN]), "steps": list_first_steps(user), "is_empty": is_empty}
    shop |= {"cards": [] if is_empty else [*make_cards(user, shop, now)]}
    return {**shop, "words": gettext(AccountClosing.detail) if user.account.closes_at else ""}


def find_expiring(user: Any, today: date) -> Row:
    """Return the number of products of which stock expires in the next days, and the first of them."""
    last = today + timedelta(days=DAYS_AHEAD)
    products, number = read_expiring(user.account_id, today, last, ROWS_SHOWN, by_product=True)
    rows = [{**product._asdict(), "days": (product.expires_on - today).days} for product in products]
    return {"expiring": rows, "expiring_count": number, "today": today}


def read_expired_orders(user: Any) -> list[Row]:
    """Return the orders of customers whose time was over in the last days before they were handed out."""
    rows: Any = Reservation.objects.for_user(user).expired_orders().order_by("-expires_at", "-id")
    columns = {"customer_name": F("customer__name")}
    return list(rows.values("id", "number", "customer", "wanted_on", "expires_at", **columns)[:ROWS_SHOWN])


def read_movements_of_today(user: Any, midnight: datetime) -> Row:
    """Return the last movements of today, and their sums. Earlier movements are not read."""
    today = Movement.objects.for_user(user).filter(operation__occurred_at__gte=midnight)
    rows: QuerySet = narrow_to_span(today, get_movement_log(user.account_id), Span(after=midnight))
    last = rows.detailed().placed(user.account_id).order_by("-id")[:ROWS_SHOWN]  # type: ignore[attr-defined]
    changed = Case(
        When(operation__reason=OperationReason.TRANSFER, then=0), default=F("quantity"), output_field=BigIntegerField()
    )
    booked = rows.order_by().values(kind=F("movement_type"), moved=changed, of_product=F("product_id"))
    statement, parameters = booked[:MAX_MOVEMENTS_ADDED].query.sql_with_params()
    [(number, by_unit)] = read(TODAY_BY_UNIT.format(statement, owner="%s"), [*parameters, user.account_id])
    sums = {"booked": number, BY_UNIT: by_unit}
    movements = add_units_of_amounts(user, get_row_serializer(MovementSerializer).serialize_queryset(last))
    return {**sums, "movements": movements, "since": midnight.isoformat()}


def write_today(shop: Row) -> str:
    """Return the number of today's movements, and their sums."""
    number = shop["booked"]
    sums = {name: Amounts(shop[BY_UNIT], name) for name in ("quantity_in", "quantity_out")}
    if number >= MAX_MOVEMENTS_ADDED:
        text = _("Today at least {number:,} movements: {quantity_in:,} in, {quantity_out:,} out.")
        return fill(text, number=number, **sums)
    return fill_plural(
        "Today {number:,} movement: {quantity_in:,} in, {quantity_out:,} out.",
        "Today {number:,} movements: {quantity_in:,} in, {quantity_out:,} out.",
        number,
        **sums,
    )


def link(shop: Row, route: str, method: str) -> str:
    """Return the address of a route, or "" if the user may not use this method."""
    return reverse(route) if (route, method) in shop["allowed"] and shop["has_shop"] else ""


def link_to_own_user(shop: Row) -> str:
    """Return the address of the form in which a user without a shop becomes the owner of one."""
    return "" if shop["has_shop"] or shop["is_staff"] else find_form_page(reverse("user-me"), "PUT")


def link_below(number: int, title: str, route: str, **fields: str) -> PageLink | None:
    """Return the link below a table with this number of rows, or None if a phone shows all of them."""
    if number <= ROWS_ON_A_PHONE:
        return None
    return PageLink(gettext(title).format(write_number(number)), reverse(route, query=fields))


def link_to_expiring(shop: Row) -> PageLink | None:
    """Return the link to all products in stock that expire soon, the earliest date first."""
    first, last = (str(shop["today"] + timedelta(days=days)) for days in (0, DAYS_AHEAD + 1))
    query = {"in_stock": "true", "expires_after": first, "expires_before": last, "ordering": "expiration_date"}
    return link_below(shop["expiring_count"], "All {}", "product-list", **query)


PRODUCT_NAME = PageColumn("name", "Product", page="product-detail")
product_column = columns_of(Product)
QUANTITY = product_column("quantity", kind="goods", is_extra=True)
TIME = PageColumn("occurred_at", "When", kind="time", page="movement-detail")
LOW_PRODUCTS = TableSection(
    "low", "Low on stock",
    (PRODUCT_NAME, product_column("quantity", kind="goods", marks=STOCK_MARKS),
     product_column("min_threshold", kind="goods", is_extra=True)),
    empty="No product is low.",
    more=lambda shop: link_below(shop["counts"]["low_stock"], "All {}", "product-alerts"),
)  # fmt: skip
EXPIRING = TableSection(
    "expiring", "Expires within 30 days",  # 30 is DAYS_AHEAD
    (PRODUCT_NAME, QUANTITY, PageColumn("expires_on", "Expires", kind="date"),
     PageColumn("days", "Days left", kind="number", has_bar=True, is_extra=True)),
    empty="No product in stock expires within 30 days.",
    more=link_to_expiring,
)  # fmt: skip
EXPIRED_ORDERS = TableSection(
    "expired_orders",
    "Orders whose time was over",
    (reservation_pages.NUMBER, reservation_pages.CUSTOMER, reservation_pages.WANTED, reservation_pages.EXPIRES),
    empty="",
    is_optional=True,
    more=lambda shop: link_below(len(shop["expired_orders"]), "All of them", "reservation-list", state="expired"),
)
TODAY = TableSection(
    "movements",
    "Today",
    (TIME, PRODUCT, CHANGE, replace(REASON, is_extra=True), replace(WHO, is_extra=True)),
    empty="Nothing has moved today.",
    note=lambda shop: write_today(shop) if shop["booked"] else "",
    more=lambda shop: link_below(shop["booked"], "All of today", "movement-list", after=shop["since"]),
)


ADD_PRODUCT = Action("Add product", lambda _shop: reverse("shop-add-product"), right=Right.MANAGE_PRODUCTS)


class StartPage(DetailPage):
    def context(self, request: Any, view: Any, data: Row, display: Display) -> dict[str, Any]:
        """Return the variables of the template. A counter, and a user without a shop, get no figures and no tables.

        An empty shop has neither, because all of them would be 0 or empty. Its page has one large button.
        """
        shop = describe_shop(request.user, data)
        is_empty = shop.get("is_empty", False)
        page = self if shop["has_figures"] else DetailPage(actions=self.actions)
        page = DetailPage(actions=(ADD_PRODUCT,)) if is_empty else page
        steps = shop.get("steps", ())
        done = sum(step.is_done for step in steps)
        return {
            **DetailPage.context(page, request, view, shop, display),
            "steps": steps,
            "steps_done": done and fill("{number} of {total} done", number=done, total=len(steps)),
            "cards": shop.get("cards"),
            "is_empty": is_empty,
            "import_address": link(shop, "product-import", "POST"),
            "heading": (request.user.shop_owner.shop_name or gettext("Your shop")) if request.user.shop_owner else "",
            "description": shop["words"],
        }


START = StartPage(
    sections=(EXPIRED_ORDERS, LOW_PRODUCTS, EXPIRING, TODAY),
    actions=(
        Action("Sell", lambda _shop: reverse("shop-sell"), style="primary", right=Right.WORK),
        Action("Receive", lambda _shop: reverse("shop-receive"), right=Right.WORK),
        Action("Count", lambda _shop: find_address("shop-count"), right=Right.ENTER_COUNTS),
        Action(
            "Tomorrow's order",
            lambda shop: link(shop, "purchase-order-list", "POST") and link(shop, "report-reorder", "GET"),
        ),
        Action("Open a shop", link_to_own_user, style="primary"),
        Action("Support desk", lambda shop: reverse("admin:index") if shop["is_staff"] else ""),
    ),
    template="pages/start.html",
)
