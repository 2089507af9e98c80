"""The pages that reserve products, and sell what is reserved."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy
from django.views.generic import RedirectView

from core.kinds import CHOICE, DATE, FLAG, parse_id, read_decimal, write_money
from core.money.currencies import round_money
from core.pages.cells import Fields
from core.pages.form_fields import Field
from core.sentences import fill
from trade.customers.look_ups import BUYER, CUSTOMERS
from trade.customers.models import Customer
from trade.reservations.models import Reservation, ReservationState
from trade.reservations.reading import AGREED, attach_reservation_lines, differs_in_tax
from trade.selling.drafts import FoundGoods
from trade.selling.payments.pay_pages import OF_SALE, RECEIVED, PaidPage, write_discount
from trade.selling.prices import has_prices, must_sell_at_list_price
from web.task_pages.adding_page import AddingPage
from web.task_pages.book_page import (
    GIVEN,
    HOW_MANY,
    HOW_MUCH,
    NOTE_FIELD,
    PRICE_OF_ONE,
    READ,
    REMARKS,
    WHICH,
    LinesPage,
    write_read,
)
from web.task_pages.task_form import Line, TaskForm
from web.task_pages.task_page import TaskPage


class OrderPage(AddingPage):
    """A page of an order. Who sells at the prices of the list gives no discount."""

    def uses_field(self, name: str) -> bool:
        return not (name == "discount" and must_sell_at_list_price(self.user)) and super().uses_field(name)


class OfReservation(OrderPage):
    """A page of the reservation that its address names."""

    keeps_prices = False  # whether a price stays that nobody has typed

    @cached_property
    def reservation(self) -> Any:
        """Return the reservation with its lines. If it is changed after it was read, the API refuses the form."""
        rows: Any = Reservation.objects.for_user(self.user).detailed()
        [reservation] = attach_reservation_lines([get_object_or_404(rows, pk=self.kwargs["pk"])])
        return reservation

    @property
    def adds_tax(self) -> bool:
        """Return whether VAT is added to the price of a line: of the shop, or as it was agreed."""
        is_kept = any(line.is_net for line in self.reservation.shown) and self.user.shop_owner.has_taxes
        return is_kept or super().adds_tax

    def tell_agreed(self, line: Line, row: Any, *, is_priced_anew: bool = True) -> None:
        """Give the line what was agreed on, and a note whether that is with VAT, if prices of the shop are not so."""
        line.agreed = json.dumps({
            "texts": {name: text.strip() for name, text in line.texts.items()},
            "units": row.quantity,
            "total": None if row.total is None else str(row.total),
            "price_from": row.price_from if is_priced_anew and not self.keeps_prices else None,
            "is_net": row.is_net,
        })  # fmt: skip
        if differs_in_tax(self.user, row.is_net):
            line["unit_price"].note = gettext(AGREED[bool(row.is_net)])

    def write_discount(self) -> dict[str, str]:
        return {"discount": write_discount(self.reservation.discount, self.user)}

    def read_agreed_prices(self) -> dict[int, Decimal | None]:
        return {line.product_id: line.unit_price for line in self.reservation.shown}


class FulfilPage(OfReservation, PaidPage, LinesPage):
    """Sells what is reserved, or less, and releases or keeps the rest."""

    title = button = gettext_lazy("Hand out")
    done = ngettext_lazy("Sold {number:,} line.", "Sold {number:,} lines.", "number")
    route = "reservation-fulfil"
    next_page = "reservation-detail"
    costs_what_applies = keeps_prices = True
    columns = {"product": GIVEN, "quantity": HOW_MUCH, "unit_price": PRICE_OF_ONE}
    fields = {
        "keep_rest": Field(gettext_lazy("Keep the rest, if the customer takes less"), FLAG),
        "discount": OF_SALE,
        **RECEIVED,
        **REMARKS,
        **READ,
    }

    def make_form(self) -> TaskForm:
        form = super().make_form()
        form.texts |= write_read(self.reservation) | self.write_discount()
        return form

    @property
    def buyer(self) -> str:
        return str(self.reservation.customer_id or "")

    @property
    def agreed_discount(self) -> str:
        """Return the amount of the order's discount, of which the sale takes its part, or an empty text."""
        is_amount = self.reservation.discount and self.reservation.discount["percent"] is None
        return self.write_discount()["discount"] if is_amount else ""

    def list_given_lines(self) -> list[Line]:
        return list_reserved(self, self.reservation)

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        body = super().make_body(form)
        body["keep_rest"] = "keep_rest" in body
        if self.reservation.discount and form.texts.get("discount") == self.write_discount()["discount"]:
            del body["discount"]  # the sale takes its part
        elif self.reservation.discount and "discount" in self.own_fields:
            body = {"discount": None, **body}
        if self.reservation.goods and self.is_whole(form):
            del body["lines"]  # the goods are sold, and not their parts
        return body

    def is_whole(self, form: TaskForm) -> bool:
        """Return whether the form sells all that is reserved, for what was agreed."""
        return [line.texts for line in form.lines] == [line.texts for line in self.list_given_lines()]


def list_reserved(page: TaskPage, reservation: Any) -> list[Line]:
    """Return a line of the page for all goods with parts and each other line, or for each product that is reserved."""
    lines, wholes = [], reservation.goods if page.takes_goods else []
    for goods in wholes:
        row = getattr(goods, goods.kind)
        text = FoundGoods(goods.kind, row.pk, row.name, row.sku, row.barcode).text
        texts = {"quantity": str(goods.quantity), "unit_price": write_price(page, goods)}
        lines.append(Line(page.own_columns, {"product": text, **texts}))
        if isinstance(page, OfReservation):
            page.tell_agreed(lines[-1], goods, is_priced_anew=has_prices(page.user))
    for row in reservation.shown:
        if row.total is None or not wholes:
            line = page.make_line(row.product, row.quantity, unit_price=write_price(page, row))
            line.title = row.said.name
            lines.append(line)
            if isinstance(page, OfReservation):
                page.tell_agreed(line, row)
    return lines


def write_price(page: TaskPage, row: Any) -> str:
    """Return the price of one, as the form offers it. A new order has one that can be typed in the shop, or none."""
    price, user = row.unit_price, page.user
    if price is None or isinstance(page, OfReservation):
        return write_money(price, user)
    return "" if differs_in_tax(user, row.is_net) else write_money(round_money(price, user.shop_currency), user)


DURATIONS = (
    ("", gettext_lazy("until it is released")),
    ("3600", gettext_lazy("an hour")),
    ("86400", gettext_lazy("a day")),
    ("604800", gettext_lazy("a week")),
    ("2592000", gettext_lazy("30 days")),
)


OF_ORDER = OF_SALE.replace(help_text=gettext_lazy("Such as 10 % or 2.50, of the whole order."))
ORDERED = {"customer": BUYER, "wanted_on": Field(gettext_lazy("Wanted on"), DATE)}


class ReservePage(OrderPage):
    """Reserves products for somebody, for a time or until they are released."""

    title = gettext_lazy("New order")
    button = gettext_lazy("Save the order")
    done = gettext_lazy("Saved the order.")
    route = "reservation-list"
    next_page = "reservation-detail"
    takes_goods = costs_what_applies = True
    columns = {"product": WHICH, "quantity": HOW_MANY, "unit_price": PRICE_OF_ONE}
    fields = {
        **ORDERED,
        "reference": Field(
            gettext_lazy("For whom"), help_text=gettext_lazy("A name or a number, without a customer."), is_rare=True
        ),
        "expires_in": Field(
            gettext_lazy("For how long"),
            CHOICE,
            choices=DURATIONS,
            is_number=True,
            help_text=gettext_lazy("If a time is chosen, the order ends by itself then."),
            is_rare=True,
        ),
        "discount": OF_ORDER,
        "note": NOTE_FIELD,
    }

    def make_form(self) -> TaskForm:
        form = super().make_form()
        if customer := self.request.GET.get("customer"):
            found = CUSTOMERS.describe(self.user, customer)
            form.texts["customer"] = "" if found == customer else found  # an archived one is not found
        if again := parse_id(self.request.GET.get("again", "")):
            reserved = attach_reservation_lines([*Reservation.objects.for_user(self.user).filter(pk=again)])
            form.lines = [line for one in reserved for line in list_reserved(self, one)]
        return form

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        body = super().make_body(form)
        return {"expires_in": None, **body} if "expires_in" in self.own_fields else body


class ChangeReservationPage(OfReservation, LinesPage, ReservePage):
    """Changes an open reservation and its lines. A quantity of 0 removes a line."""

    has_given_lines = False
    open_states: tuple[str, ...] = (ReservationState.OPEN,)
    columns = {**ReservePage.columns, "quantity": HOW_MUCH}
    title = gettext_lazy("Change the order")
    button = gettext_lazy("Save")
    route = "reservation-detail"
    method = "PATCH"
    fields = {
        **ORDERED,
        "reference": ReservePage.fields["reference"],
        "discount": OF_ORDER,
        "note": NOTE_FIELD,
        **READ,
    }

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

    def make_form(self) -> TaskForm:
        form = super().make_form()
        reservation = self.reservation
        if reservation.state not in self.open_states:
            raise Http404
        form.texts |= self.write_fields(reservation) | write_read(reservation) | self.write_discount()
        if self.archived:
            form.texts["customer"] = ""
        form.lines = list_reserved(self, reservation)
        return form

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        is_asked = "customer" in self.own_fields and not self.archived
        emptied = {"customer"} & {*self.own_fields} if is_asked else set()
        texts = dict.fromkeys(emptied | ({"wanted_on", "discount"} & {*self.own_fields}))
        body = {"reference": "", "note": "", **texts, **TaskPage.make_body(self, form)}
        if [line.texts for line in form.sent] == [line.texts for line in list_reserved(self, self.reservation)]:
            del body["lines"]  # what was ordered stays, whatever has become of its goods
        left = [*self.reservation.goods]  # goods keep their parts: a line has those at its price, or else the next ones
        for line in body.get("lines", ()):
            own = [one for one in left if one.named.items() <= line.items()]
            for one in sorted(own, key=lambda one: one.unit_price != read_decimal(line.get("unit_price") or ""))[:1]:
                left.remove(one)
                line["parts"] = [{"product": product, "quantity": each} for product, each in one.parts]
        return body


class HandOutPage(LoginRequiredMixin, RedirectView):
    """Leads to the open reservations that are wanted today or were wanted earlier."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        user: Any = self.request.user
        tomorrow = user.shop_today() + timedelta(days=1)
        return f"{reverse('reservation-list')}?state={ReservationState.OPEN}&wanted_before={tomorrow}"
