"""The page of orders: what customers have ordered, and what is ordered from suppliers."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from core.http.calls import call_api
from core.pages.columns import Display, PageColumn
from core.pages.links import PageLink, keep_one_primary
from core.pages.tables import TableSection
from core.pages.tabs import Tab
from core.translation import gettext_noop
from desk.shop.task_page import TaskPage
from trade.purchasing.models import OrderState
from trade.purchasing.pages import ORDERS as PURCHASE_ORDERS
from trade.reservations.models import ReservationState
from trade.reservations.pages import CUSTOMER, NOTHING_RESERVED, ORDER_COLUMNS, RESERVATIONS
from users.access.roles import may
from users.reading.uses import shows

ROWS_SHOWN = 8
OPEN = ReservationState.OPEN.value
NOTHING_NEEDED, NOTHING_OPEN = gettext_noop("Nothing has to be ordered."), gettext_noop("Nothing is ordered.")
RESERVED = tuple(column for column in (*ORDER_COLUMNS, CUSTOMER) if column.name != "state")
ORDERED = tuple(column for column in PURCHASE_ORDERS.columns if not column.is_extra)
NEEDED = (
    PageColumn("name", "Product", page="product-detail", id_field="product"),
    PageColumn("supplier_name", "Supplier", page="supplier-detail", id_field="supplier"),
    PageColumn("suggested", "Suggested", kind="goods"),
    PageColumn("order_by", "Order by", kind="date"),
)


class OrdersPage(TaskPage):
    """Shows what to hand out and what to order, and the open orders. Each table leads to its list."""

    http_method_names = ["get", "head", "options"]
    template_name = "shop/orders.html"
    tab = Tab(
        after="shop-count",
        is_entry=True,
        covers=(
            "/shop/order/",
            "/shop/reserve/",
            "/shop/reservations/",
            "/api/purchase-orders/",
            "/api/stock/reservations/",
        ),
        is_offered=shows("orders", "purchasing"),
    )
    title = gettext_lazy("Orders")
    route, method = "reservation-list", "GET"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        wanted = {"state": OPEN, "wanted_before": self.user.shop_today() + timedelta(days=1)}
        orders = [
            order
            for query in ({"outstanding": "true"}, {"state": OrderState.DRAFT.value})
            for order in self.read("purchase-order-list", **query)
        ]
        wanted_rows, needed = self.read("reservation-list", **wanted), self.read("report-reorder")
        reserved = self.read("reservation-list", state=OPEN)
        tables = [
            self.make_table(
                gettext_noop("To hand out today"), RESERVED, wanted_rows, NOTHING_RESERVED, "reservation-list", **wanted
            ),
            self.make_table(gettext_noop("Tomorrow's order"), NEEDED, needed, NOTHING_NEEDED, "report-reorder"),
            self.make_table(
                gettext_noop("Reserved for customers"), RESERVED, reserved, NOTHING_RESERVED, "reservation-list"
            ),
            self.make_table(
                gettext_noop("Ordered from suppliers"), ORDERED, orders, NOTHING_OPEN, "purchase-order-list"
            ),
        ]  # fmt: skip
        tasks = [link for link in (RESERVATIONS.tasks[0], *PURCHASE_ORDERS.tasks) if may(self.user, link.right)]
        context = {
            "title": self.title,
            "actions": keep_one_primary(tasks),
            "tables": tables,
            "scan_address": reverse("product-list"),
        }
        return render(request, self.template_name, context)

    def read(self, route: str, **query: Any) -> list[Any]:
        """Return the first rows of a list of the API."""
        answer = call_api(self.request, route, method="GET", query={"page_size": ROWS_SHOWN, **query})
        rows: list[Any] = answer.data["results"] if answer.is_success else []
        return rows

    def make_table(self, title: str, columns: Any, rows: list[Any], empty: str, route: str, **query: Any) -> Any:
        """Return the table of the rows, with a link to their list."""
        more = PageLink(gettext_noop("All of them"), f"{reverse(route)}?{urlencode(query)}".rstrip("?"))
        section = TableSection("rows", title, columns, empty, more=lambda _data: more)
        return section.table(None, {"rows": rows[:ROWS_SHOWN]}, Display.of(self.user))
