"""The pages that order from a supplier, receive what was ordered, reserve products and sell what is reserved."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Case, F, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.generic import RedirectView

from core.folding import NameKey
from core.kinds import CHOICE, DATE, FLAG, HIDDEN, MONEY, PRODUCT, QUANTITY, parse_id, write_money
from core.pages.cells import Fields, Texts
from core.pages.form_fields import Field
from core.sentences import Goods, fill
from desk.shop.booking_pages import (
    COST_OF_LINE,
    EXPIRES,
    HOW_MANY,
    LOCATION,
    LOT,
    NOTE_FIELD,
    PRICE_OF_ONE,
    REFERENCE,
    REMARKS,
    WHICH,
    charge_lines,
)
from desk.shop.forms import Line, TaskForm
from desk.shop.sales.payment_fields import RECEIVED
from desk.shop.sales.payment_pages import PaidPage
from desk.shop.task_page import TaskPage
from products.models import Product
from suppliers.look_ups import SUPPLIERS
from suppliers.models import Supplier
from trade.customers.look_ups import CUSTOMERS
from trade.customers.models import Customer
from trade.purchasing.lines import MAX_LINES, attach_order_lines, list_suggestions
from trade.purchasing.models import Order, OrderState
from trade.reservations.models import Reservation, ReservationLine, ReservationState
from trade.reservations.serializers import DAY
from users.access.roles import Right
from users.models import User

GIVEN = Field("", PRODUCT, required=True)  # the title of its line
COST = Field(gettext_lazy("Cost of one"), MONEY, right=Right.SEE_COSTS, is_rare=True)
READ = {"expected_updated_at": Field("", HIDDEN)}  # the API refuses the form if the row has been changed since
COSTS = {"unit_cost": COST, "cost": COST_OF_LINE}
ZERO = re.compile(r"0+[.,]?0*")  # also that of a product with decimals, such as 0.000


class LinesPage(TaskPage):
    """A page that lists the products of the form. Lines with 0 are not sent."""

    has_given_lines = True

    def is_sent(self, line: Texts) -> bool:
        text = line["quantity"].strip()
        return bool(text) and not ZERO.fullmatch(text)

    def send(self, form: TaskForm) -> HttpResponse:
        if not form.sent and not form.is_wrong:
            form.add_error(None, _("Every line has 0: write how much."))
        return super().send(form)


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
    fields = {
        "supplier": Field("", HIDDEN, is_number=True),
        "expected_on": Field(gettext_lazy("Expected"), DATE, is_rare=True), "reference": REFERENCE, "note": NOTE_FIELD,
    }  # fmt: skip

    def find_supplier(self) -> Supplier | None:
        supplier = parse_id(self.request.GET.get("supplier", "") or self.request.POST.get("supplier", ""))
        return Supplier.objects.for_user(self.user).filter(pk=supplier).first() if supplier else None

    def list_given_lines(self) -> list[Line]:
        """Return lines with the supplier's products: the suggested ones, then those with low stock, then the others."""
        supplier = self.find_supplier()
        if not supplier:
            return []
        suggested = {
            line.product.value: int(line.quantity) for line in list_suggestions(self.user, supplier.pk, MAX_LINES)
        }
        products = Product.objects.for_user(self.user).live().filter(supplier_id=supplier.pk)
        suggested_first = Case(When(pk__in=list(suggested), then=0), default=1)
        lines = []
        for product in products.order_by(suggested_first, LOW_FIRST, NameKey("name"), "id")[:MAX_LINES]:
            line = self.make_line(product, quantity=self.write_quantity(product, suggested.get(product.pk, 0)))
            stock = Goods(product.quantity, product.decimals, product.unit)
            said = fill("{number:,} in stock", number=stock) if product.keeps_stock else ""
            line["quantity"].note = ", ".join(filter(None, (said, say_pack(product, product))))
            lines.append(line)
        return lines

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return {"supplier": "", **super().make_body(form)}

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
    columns = {"product": WHICH, "quantity": Field(gettext_lazy("Quantity"), QUANTITY), **COSTS}
    fields = {**OrderPage.fields, **READ}

    def make_form(self) -> TaskForm:
        form = super().make_form()
        order = find_order(self.user, self.kwargs["pk"])
        if order.state != OrderState.DRAFT:
            raise Http404
        form.texts |= {
            "supplier": str(order.supplier_id or ""), "reference": order.reference, "note": order.note,
            "expected_on": str(order.expected_on or ""), **write_read(order),
        }  # fmt: skip
        for line in order.shown:
            cost = write_money(line.unit_cost, self.user)
            texts = {
                "quantity": self.write_quantity(line.product, line.quantity), "unit_cost": cost,
                "cost": write_money(line.cost, self.user),
            }  # fmt: skip
            form.lines.append(self.make_line(line.product, **texts))
        return form

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return {"reference": "", "note": "", "expected_on": None, **super().make_body(form)}


class ReceiveOrderPage(LinesPage):
    """Receives what has arrived of an order."""

    title = gettext_lazy("Receive the order")
    button = gettext_lazy("Receive")
    done = ngettext_lazy("Received {number:,} line.", "Received {number:,} lines.", "number")
    route = "purchase-order-receive"
    next_page = "purchase-order-detail"
    columns = {
        "product": GIVEN, "quantity": Field(gettext_lazy("Arrived"), QUANTITY), **COSTS,
        "location": LOCATION, "lot": LOT, "expires_on": EXPIRES,
    }  # fmt: skip
    fields = {"expected_deliveries": Field("", HIDDEN, is_number=True), **REMARKS}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Return the form, or a redirect to the order if nothing of it is outstanding."""
        if not any(line.outstanding for line in self.order.shown):
            return redirect(self.next_page, pk=self.order.pk)
        return super().get(request, **kwargs)

    def make_form(self) -> TaskForm:
        form = super().make_form()
        form.texts["expected_deliveries"] = str(len(self.order.operations))
        return form

    @cached_property
    def order(self) -> Any:
        return find_order(self.user, self.kwargs["pk"])

    def list_given_lines(self) -> list[Line]:
        lines = []
        for ordered in self.order.shown:
            if ordered.outstanding:
                product = ordered.product
                line = self.make_line(product, quantity=self.write_quantity(product, ordered.outstanding))
                line.title = ordered.said.name
                rest = Goods(ordered.outstanding, product.decimals, ordered.said.unit)
                said = fill("of {number:,}", number=rest)
                line["quantity"].note = ", ".join(filter(None, (said, say_pack(product, ordered.said))))
                lines.append(line)
        return lines


def say_pack(product: Product, said: Any) -> str:
    """Return how much a pack of the product has, as `said` has it: the product, or what an order keeps of it."""
    pack = Goods(said.pack_size, product.decimals, said.unit)
    return fill("packs of {number:,}", number=pack) if said.pack_size > 1 else ""


def write_read(row: Order | Reservation) -> dict[str, str]:
    """Return the text of READ for the row that the form shows."""
    return {"expected_updated_at": row.updated_at.isoformat()}


def find_order(user: User, pk: int) -> Any:
    """Return the order with its lines and what has arrived. Raise Http404 if the shop has no such order."""
    [order] = attach_order_lines([get_object_or_404(Order.objects.for_user(user), pk=pk)])
    return order


class FulfilPage(PaidPage, LinesPage):
    """Sells what is reserved, or less, and releases or keeps the rest."""

    title = gettext_lazy("Sell what is reserved")
    button = gettext_lazy("Sell")
    done = ngettext_lazy("Sold {number:,} line.", "Sold {number:,} lines.", "number")
    route = "reservation-fulfil"
    next_page = "reservation-detail"
    columns = {"product": GIVEN, "quantity": Field(gettext_lazy("Quantity"), QUANTITY), "unit_price": PRICE_OF_ONE}
    fields = {
        "keep_rest": Field(gettext_lazy("Keep the rest reserved, if the customer takes less"), FLAG), **RECEIVED,
        **REMARKS, **READ,
    }  # fmt: skip

    def make_form(self) -> TaskForm:
        # The reservation is read before its lines. If it is changed in between, the API refuses the form.
        reservation = get_object_or_404(Reservation.objects.for_user(self.user), pk=self.kwargs["pk"])
        form = super().make_form()
        form.texts |= write_read(reservation)
        return form

    def list_given_lines(self) -> list[Line]:
        return list_reserved(self, self.kwargs["pk"])

    def read_agreed_prices(self) -> dict[int, Decimal | None]:
        return read_reserved_prices(self)

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        body = super().make_body(form)
        lines = charge_lines(self.user, body["lines"], self.read_agreed_prices())
        return {**body, "lines": lines, "keep_rest": "keep_rest" in body}


def read_reserved_prices(page: TaskPage) -> dict[int, Decimal | None]:
    """Return the prices in the reservation that the page's address names, by product."""
    rows = ReservationLine.objects.for_user(page.user).filter(reservation_id=page.kwargs["pk"])
    return dict(rows.values_list("product_id", "unit_price"))


def list_reserved(page: TaskPage, reservation_id: int) -> list[Line]:
    """Return a line of the page for each line of the reservation."""
    rows = ReservationLine.objects.for_user(page.user).filter(reservation_id=reservation_id)
    lines = []
    for row in rows.select_related("product").order_by("id"):
        quantity = page.write_quantity(row.product, row.quantity)
        line = page.make_line(row.product, quantity=quantity, unit_price=write_money(row.unit_price, page.user))
        line.title = row.said.name
        lines.append(line)
    return lines


USUAL = 0  # the choice that depends on the day on which the goods are wanted
DURATIONS = (
    (str(USUAL), gettext_lazy("one day, or until it is released if “Wanted on” has a date")),
    ("3600", gettext_lazy("an hour")), ("86400", gettext_lazy("a day")), ("604800", gettext_lazy("a week")),
    ("2592000", gettext_lazy("30 days")), ("", gettext_lazy("until it is released")),
)  # fmt: skip


CUSTOMER = Field(gettext_lazy("Customer"), look_up=CUSTOMERS)
ORDERED = {"customer": CUSTOMER, "wanted_on": Field(gettext_lazy("Wanted on"), DATE)}


class ReservePage(TaskPage):
    """Reserves products for somebody, for a time or until they are released."""

    title = button = gettext_lazy("Reserve")
    done = ngettext_lazy("Reserved {number:,} line.", "Reserved {number:,} lines.", "number")
    route = "reservation-list"
    next_page = "reservation-detail"
    columns = {"product": WHICH, "quantity": HOW_MANY, "unit_price": PRICE_OF_ONE}
    fields = {
        **ORDERED,
        "reference": Field(gettext_lazy("For whom"), help_text=gettext_lazy("A name or a number.")),
        "expires_in": Field(
            gettext_lazy("For how long"), CHOICE, choices=DURATIONS, initial=str(USUAL), is_number=True
        ),
        "note": NOTE_FIELD,
    }

    def select(self, fields: Fields) -> Fields:
        """Return the fields, without the customer if the shop has none."""
        has_customers = Customer.objects.for_user(self.user).live().exists()
        return {name: one for name, one in super().select(fields).items() if name != "customer" or has_customers}

    def make_form(self) -> TaskForm:
        form = super().make_form()
        if customer := self.request.GET.get("customer"):
            found = CUSTOMERS.describe(self.user, customer)
            form.texts["customer"] = "" if found == customer else found  # an archived one is not found
        if again := parse_id(self.request.GET.get("again", "")):
            form.lines = list_reserved(self, again)
        return form

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        body = {"expires_in": None, **super().make_body(form)}
        if body["expires_in"] == USUAL:
            body["expires_in"] = None if "wanted_on" in body else DAY
        return body


class ChangeReservationPage(LinesPage, ReservePage):
    """Changes an open reservation and its lines. A quantity of 0 removes a line."""

    has_given_lines = False
    columns = {**ReservePage.columns, "quantity": Field(gettext_lazy("Quantity"), QUANTITY)}
    title = gettext_lazy("Change the reservation")
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved the reservation.")
    route = "reservation-detail"
    method = "PATCH"
    fields = {
        **ORDERED, "reference": ReservePage.fields["reference"], "note": NOTE_FIELD, **READ,
    }  # fmt: skip

    @cached_property
    def reservation(self) -> Any:
        rows: Any = Reservation.objects.for_user(self.user).detailed()
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @property
    def archived(self) -> Customer | None:
        """Return the customer of the reservation if it is archived. The reservation keeps it, unless one is chosen."""
        customer: Customer | None = self.reservation.customer
        return customer if customer and customer.archived_at else None

    def select(self, fields: Fields) -> Fields:
        selected = super().select(fields)
        if self.archived and "customer" in selected:
            said = fill("{name} is archived, and stays unless you choose another.", name=self.archived.name)
            selected["customer"] = selected["customer"].replace(help_text=said)
        return selected

    def read_agreed_prices(self) -> dict[int, Decimal | None]:
        return read_reserved_prices(self)

    def make_form(self) -> TaskForm:
        form = super().make_form()
        reservation = self.reservation
        if reservation.state != ReservationState.OPEN:
            raise Http404
        customer = "" if self.archived else str(reservation.customer_id or "")
        form.texts |= {
            "customer": CUSTOMERS.describe(self.user, customer),
            "wanted_on": str(reservation.wanted_on or ""), "reference": reservation.reference,
            "note": reservation.note, **write_read(reservation),
        }  # fmt: skip
        form.lines = list_reserved(self, reservation.pk)
        return form

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        is_asked = "customer" in self.own_fields and not self.archived
        texts = dict.fromkeys(("customer", "wanted_on") if is_asked else ("wanted_on",))
        return {"reference": "", "note": "", **texts, **TaskPage.make_body(self, form)}


class HandOutPage(LoginRequiredMixin, RedirectView):
    """Leads to the open reservations that are wanted today or were wanted earlier."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        user: Any = self.request.user
        tomorrow = user.shop_today() + timedelta(days=1)
        return f"{reverse('reservation-list')}?state={ReservationState.OPEN}&wanted_before={tomorrow}"
