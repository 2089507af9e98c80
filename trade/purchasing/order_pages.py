"""The page of all orders, and the pages that order from a supplier, and receive what was ordered."""

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy

from core.http.calls import call_api
from core.kinds import DATE, HIDDEN, MONEY, QUANTITY, parse_id, write_money
from core.pages.cells import Texts
from core.pages.columns import Display, PageColumn, goods_column
from core.pages.form_fields import Field
from core.pages.links import PageLink, keep_one_primary
from core.pages.tables import TableSection
from core.pages.tabs import Tab
from core.sentences import Goods, fill
from core.texts.folding import NameKey
from core.translation import gettext_noop
from products.models import Offer, Product
from stock.booking.drafts import NOTHING
from stock.pages import NAMED
from suppliers.look_ups import SUPPLIERS
from suppliers.models import Supplier
from trade.purchasing.lines import MAX_LINES, attach_order_lines, list_suggestions, read_given, read_offers, show_offer
from trade.purchasing.models import Order, OrderState
from trade.purchasing.pages import ORDERS as PURCHASE_ORDERS
from trade.reservations.models import ReservationState
from trade.reservations.pages import CUSTOMER, ORDER_COLUMNS, RESERVATIONS
from users.access.roles import Right, may
from users.models import User
from users.reading import shows
from web.task_pages.book_page import (
    COST_OF_LINE,
    EXPIRES,
    EXTRA_COSTS,
    GIVEN,
    HOW_MUCH,
    LOCATION,
    LOT,
    NOTE_FIELD,
    READ,
    REFERENCE,
    REMARKS,
    WHICH,
    DeliveryPage,
    LinesPage,
    write_read,
)
from web.task_pages.task_form import Line, TaskForm
from web.task_pages.task_page import TaskPage

ROWS_SHOWN = 8
OPEN = ReservationState.OPEN.value
NOTHING_NEEDED, NOTHING_OPEN = gettext_noop("Nothing has to be ordered."), gettext_noop("Nothing is ordered.")
RESERVATION_COLUMNS = tuple(column for column in (*ORDER_COLUMNS, CUSTOMER) if column.name != "state")
PURCHASE_COLUMNS = tuple(column for column in PURCHASE_ORDERS.columns if not column.is_extra)
NEEDED = (
    NAMED,
    PageColumn("supplier_name", "Supplier", links_to="supplier"),
    goods_column("suggested", "Suggested"),
    PageColumn("order_by", "Order by", kind="date"),
)


class OrdersPage(TaskPage):
    """Shows what to hand out and what to order, and the open orders. Each table leads to its list."""

    http_method_names = ["get", "head", "options"]
    template_name = "shop/orders.html"
    tab = Tab(
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
                gettext_noop("To hand out today"), RESERVATION_COLUMNS, wanted_rows, NOTHING_OPEN,
                "reservation-list", **wanted,
            ),
            self.make_table(gettext_noop("Tomorrow's order"), NEEDED, needed, NOTHING_NEEDED, "report-reorder"),
            self.make_table(
                gettext_noop("Customers' orders"), RESERVATION_COLUMNS, reserved, NOTHING_OPEN,
                "reservation-list",
            ),
            self.make_table(
                gettext_noop("Ordered from suppliers"), PURCHASE_COLUMNS, orders, NOTHING_OPEN, "purchase-order-list"
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
        more = PageLink("All of them", reverse(route, query=query))
        section = TableSection("rows", title, columns, empty, more=lambda _data: more)
        return section.table(None, {"rows": rows[:ROWS_SHOWN]}, Display.of(self.user))


COST = Field(gettext_lazy("Cost of one"), MONEY, right=Right.SEE_COSTS, is_rare=True)
COSTS = {"unit_cost": COST, "cost": COST_OF_LINE}
LOW_FIRST = F("is_low_stock").desc(nulls_last=True)


class OrderPage(LinesPage):
    """Creates a draft. The user chooses a supplier, and the page lists its products with the suggested quantities."""

    template_name = "shop/order.html"
    route = "purchase-order-list"
    title = gettext_lazy("Order")
    button = gettext_lazy("Write the draft")
    done = ngettext_lazy("Wrote a draft of {number:,} line.", "Wrote a draft of {number:,} lines.", "number")
    next_page = "purchase-order-detail"
    columns = {"product": GIVEN, "quantity": Field(gettext_lazy("Order"), QUANTITY), **COSTS}
    empty = {"supplier": ""}
    fields = {
        "supplier": Field("", HIDDEN, is_number=True),
        "expected_on": Field(gettext_lazy("Expected"), DATE, is_rare=True),
        "reference": REFERENCE,
        "note": NOTE_FIELD,
    }
    said_sum = "cost"

    def find_supplier(self) -> Supplier | None:
        """Return the supplier of the address or the form, or the one that it was merged into."""
        supplier = parse_id(self.request.GET.get("supplier", "") or self.request.POST.get("supplier", ""))
        suppliers = Supplier.objects.for_user(self.user)
        return suppliers.filter(pk=suppliers.follow(supplier)).first() if supplier else None

    def list_given_lines(self) -> list[Line]:
        """Return lines with the supplier's products: the suggested ones, then those with low stock, then the others."""
        supplier = self.find_supplier()
        if not supplier:
            return []
        suggested = {
            line.product.value: int(line.quantity) for line in list_suggestions(self.user, supplier.pk, MAX_LINES)
        }
        owner_id: Any = self.user.account_id
        offered = Offer.objects.filter(owner_id=owner_id, supplier_id=supplier.pk).values("product_id")
        products = Product.objects.for_user(self.user).live()
        products = products.filter(Q(supplier_id=supplier.pk) | Q(pk__in=offered))
        suggested_first = Case(When(pk__in=list(suggested), then=0), default=1)
        listed = list(products.order_by(suggested_first, LOW_FIRST, NameKey("name"), "id")[:MAX_LINES])
        offers = read_offers(owner_id, [(product.pk, supplier.pk) for product in listed])
        lines = []
        for product in listed:
            line = self.make_line(product, suggested.get(product.pk, 0))
            stock = Goods(product.quantity, product.decimals, product.unit)
            said = fill("{number:,} in stock", number=stock) if product.keeps_stock else ""
            show_offer(product, offers[product.pk, supplier.pk])
            line["quantity"].note = ", ".join(filter(None, (said, say_pack(product, product))))
            lines.append(line)
        return lines

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        return {"suppliers": SUPPLIERS.list_choices(self.user), "supplier": self.find_supplier()}


class DraftPage(LinesPage):
    """Changes a draft. The user can add lines to it."""

    has_given_lines = False
    title = gettext_lazy("Change the draft")
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved the draft.")
    route = "purchase-order-detail"
    method = "PATCH"
    next_page = OrderPage.next_page
    columns = {"product": WHICH, "quantity": HOW_MUCH, **COSTS}
    empty = {"reference": "", "note": "", "expected_on": None}
    fields = {**OrderPage.fields, **READ}
    said_sum = OrderPage.said_sum

    def make_form(self) -> TaskForm:
        form = super().make_form()
        order = find_order(self.user, self.kwargs["pk"])
        if order.state != OrderState.DRAFT:
            raise Http404
        form.texts |= self.write_fields(order) | write_read(order)
        for line in order.shown:
            cost = write_money(line.unit_cost, self.user)
            texts = {"unit_cost": cost, "cost": write_money(line.cost, self.user)}
            form.lines.append(self.make_line(line.product, line.quantity, **texts))
        return form


class ReceiveOrderPage(DeliveryPage, LinesPage):
    """Receives what has arrived of an order."""

    template_name = "purchasing/receive.html"
    has_camera = True
    rare_title = gettext_lazy("Costs of the lines")
    take_all = gettext_lazy("All arrived")
    title = gettext_lazy("Receive the order")
    hint = gettext_lazy("Scan what has arrived, or type how much. Each scan adds to its line.")
    button = gettext_lazy("Receive")
    done = ngettext_lazy("Received {number:,} line.", "Received {number:,} lines.", "number")
    route = "purchase-order-receive"
    next_page = "purchase-order-detail"
    columns = {
        "product": GIVEN, "quantity": Field(gettext_lazy("Arrived"), QUANTITY),
        "damaged": Field(gettext_lazy("Damaged"), QUANTITY), "lot": LOT.replace(is_rare=False),
        "expires_on": EXPIRES.replace(is_rare=False), "location": LOCATION.replace(is_rare=False), **COSTS,
    }  # fmt: skip
    fields = {"expected_deliveries": Field("", HIDDEN, is_number=True), **EXTRA_COSTS, **REMARKS}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Return the form, or a redirect to the order if nothing of it is outstanding."""
        if not any(line.outstanding for line in self.order.shown):
            return redirect(self.next_page, pk=self.order.pk)
        return super().get(request, **kwargs)

    def make_form(self) -> TaskForm:
        form = super().make_form()
        form.texts["expected_deliveries"] = str(len(self.order.operations))
        return form

    def is_sent(self, line: Texts) -> bool:
        return super().is_sent(line) or super().is_sent({"quantity": line["damaged"]})

    def say(self, form: TaskForm, data: Any) -> str:
        written_off = gettext("What is damaged was written off.") if data["damaged"] else ""
        return f"{super().say(form, data)} {written_off}".rstrip()

    @cached_property
    def order(self) -> Any:
        return find_order(self.user, self.kwargs["pk"])

    def list_given_lines(self) -> list[Line]:
        lines, given = [], read_given(self.user.account_id or 0, self.order.pk)
        for ordered in self.order.shown:
            if ordered.outstanding:
                product = ordered.product
                line, rest = self.make_line(product), Goods(ordered.outstanding, product.decimals, ordered.said.unit)
                line.title, line.counts_scans = ordered.said.name, product.decimals == 0
                line.about = ", ".join(filter(None, (ordered.said.sku, say_pack(product, ordered.said))))
                line.agreed = self.write_agreed(ordered, given)
                line["quantity"].note = fill("of {number:,}", number=rest)
                line["quantity"].expected = self.write_quantity(product, ordered.outstanding)
                lines.append(line)
        return lines

    def write_agreed(self, ordered: Any, given: Mapping[int, Decimal]) -> str:
        """Return what the line of the order costs, and what has arrived of it, if the user sees costs."""
        if "cost" not in self.own_columns:
            return ""
        of_line = {name: None if (cost := getattr(ordered, name)) is None else str(cost) for name in COSTS}
        before = {"arrived": ordered.received, "given": str(given.get(ordered.product_id, NOTHING))}
        return json.dumps({**of_line, "ordered": ordered.quantity, **before})


def say_pack(product: Product, said: Any) -> str:
    """Return how much a pack of the product has, as `said` has it: the product, or what an order keeps of it."""
    pack = Goods(said.pack_size, product.decimals, said.unit)
    return fill("packs of {number:,}", number=pack) if said.pack_size > 1 else ""


def find_order(user: User, pk: int) -> Any:
    """Return the order with its lines and what has arrived. Raise Http404 if the shop has no such order."""
    [order] = attach_order_lines([get_object_or_404(Order.objects.for_user(user), pk=pk)])
    return order
