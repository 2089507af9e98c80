"""The page that takes goods back if nobody finds their sale."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, ngettext_lazy
from rest_framework import serializers

from core.database.transactions import atomic
from core.http.calls import Answer, call_api
from core.kinds import CHOICE, MONEY, QUANTITY, parse_id
from core.money.amounts import price_of
from core.money.currencies import find_charged_price, round_money
from core.pages.cells import Fields
from core.pages.columns import Display
from core.pages.form_fields import Field
from core.sentences import fill
from core.serializers import PriceField
from core.translation import gettext_noop
from products.models import Product
from stock.booking.drafts import OperationDraft
from stock.booking.locks import read_movements
from stock.booking.services import write_off
from stock.models import MovementType, OperationReason, PaymentKind
from trade.sales.return_pages import CONDITIONS
from trade.selling.payment_pages import GIVE_BACK, LATER, NOTHING
from trade.selling.prices import must_sell_at_list_price
from trade.tills.models import Till
from users.access.permissions import routes
from users.reading import list_uses
from web.task_pages.book_page import LOCATION, LOT, REMARKS, WHICH, BookPage
from web.task_pages.task_form import TaskForm

NOTE = gettext_noop("Taken back without a receipt. Given back: {amount}.")
REASON = gettext_noop("Taken back without a receipt: transaction {number}")
SCRAP = "scrap"
DRAWERS = "cash-list"  # the route, which is missing if closings are left out
OWN = ("condition", "kind", "till")  # the operation does not have these fields


class RefundField(Field):
    """What is given back for one. The operation does not have it, so the page checks it as the API checks prices."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        try:
            PriceField(allow_null=True).run_validation(value)
        except serializers.ValidationError as error:
            raise ValidationError(error.detail) from None


class TakeBackPage(BookPage):
    """Takes back goods without a known sale, at a price.

    What is broken is written off. In shops that note payments, cash leaves the drawer.
    """

    template_name = "shop/take_back.html"
    title = gettext_lazy("Return without a receipt")
    button = gettext_lazy("Take back")
    movement_type, reason = MovementType.IN, OperationReason.RETURN
    has_camera = True
    columns = {
        "product": WHICH,
        "quantity": Field(gettext_lazy("Comes back"), QUANTITY, initial="1"),
        "unit_price": RefundField(
            gettext_lazy("Given back for one"), MONEY, help_text=gettext_lazy("Empty: the product's price.")
        ),
        "location": LOCATION,
        "lot": LOT,
    }
    fields = {
        "condition": Field(gettext_lazy("Condition"), CHOICE, choices=CONDITIONS, required=True, initial="resell"),
        "kind": Field(
            gettext_lazy("Given back"), CHOICE, required=True, initial=PaymentKind.CASH,
            choices=[(PaymentKind.CASH.value, gettext_lazy("Cash from the drawer")),
                     (LATER, gettext_lazy("Not from the drawer"))],
        ),
        "till": Field(gettext_lazy("Drawer"), CHOICE),
        **REMARKS,
    }  # fmt: skip
    given = NOTHING  # what the goods are taken back for; make_body() sets it
    done_one = gettext_lazy("Took back {quantity:,} of {product}:")
    done = ngettext_lazy("Took back {number:,} line.", "Took back {number:,} lines.", "number")

    @cached_property
    def own_columns(self) -> Fields:
        """Return the columns, without the price for users who must sell at the list's price."""
        hidden = {"unit_price"} if must_sell_at_list_price(self.user) else set()
        return {name: field for name, field in super().own_columns.items() if name not in hidden}

    @cached_property
    def own_fields(self) -> Fields:
        """Return the fields. A shop that notes payments chooses the kind and, if it has tills, the drawer."""
        tills = Till.objects.for_user(self.user).filter(revoked_at=None).order_by("id") if self.has_cash else ()
        drawers = [("", gettext_lazy("Without a till")), *((str(till.pk), till.name) for till in tills)]
        hidden = {"till"} if len(drawers) == 1 else set()
        hidden |= set() if self.has_cash else {"kind", "till"}
        fields = {name: field for name, field in super().own_fields.items() if name not in hidden}
        return {name: one.replace(choices=drawers) if name == "till" else one for name, one in fields.items()}

    @cached_property
    def has_cash(self) -> bool:
        return list_uses(self.user)["payments"]

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        """Return the operation that brings the goods in. Its note says what is given back: no other field has it."""
        body = {name: value for name, value in super().make_body(form).items() if name not in OWN}
        lines = [{name: value for name, value in line.items() if name != "unit_price"} for line in body["lines"]]
        self.given = self.sum_up(form)
        said = fill(NOTE, amount=Display.of(self.user).money(self.given))
        return {**body, "lines": lines, "note": "\n".join(filter(None, [body.get("note"), said]))}

    def sum_up(self, form: TaskForm) -> Decimal:
        """Return what the goods are taken back for. Lines that the API refuses count nothing."""
        lines = [line.values for line in form.sent]
        products: Any = (
            Product.objects.for_user(self.user).select_related("tax").in_bulk([line["product"] for line in lines])
        )
        return sum((self.price(line, products.get(line["product"])) for line in lines), NOTHING)

    def price(self, line: dict[str, Any], product: Product | None) -> Decimal:
        quantity = line.get("quantity")
        if product is None or not isinstance(quantity, int) or quantity < 1:
            return NOTHING
        typed, currency = line.get("unit_price"), self.user.shop_currency
        charged = find_charged_price(quantity, Decimal(typed or product.price), product.decimals, currency)
        worth = price_of(quantity, charged, product.decimals)
        tax = None if typed or self.user.shop_owner.prices_include_tax else product.tax
        return worth + round_money(worth * tax.rate / 100, currency) if tax else worth

    def call_route(self, form: TaskForm, body: dict[str, Any]) -> Answer:
        """Book the goods, write off what is broken, and take the cash out of the drawer: all of it, or nothing."""

        @atomic
        def book() -> Answer:
            answer = super(TakeBackPage, self).call_route(form, body)
            if answer.is_success and not answer.is_replayed:
                answer = self.go_on(form, answer)
            if not answer.is_success:
                transaction.set_rollback(True)
            return answer

        return book()

    def go_on(self, form: TaskForm, answer: Answer) -> Answer:
        """Return the answer, or that of the route of the drawer if it refuses the cash."""
        data = answer.data
        if form.values["condition"] == SCRAP:
            self.write_off(data)
        if form.values.get("kind") != PaymentKind.CASH or not self.given or DRAWERS not in routes():
            return answer
        reason = fill(REASON, number=data["id"])
        cash = {"kind": "out", "amount": str(self.given), "reason": reason}
        moved = call_api(self.request, DRAWERS, {**cash, "till": parse_id(form.texts.get("till", ""))})
        return answer if moved.is_success else moved

    def write_off(self, data: dict[str, Any]) -> None:
        """Write off the goods of this operation from where they were put, with the value that they brought."""
        owner_id: Any = self.user.account_id
        booked = read_movements(owner_id, [data["id"]])
        unstocked = {one.product_id for one in booked if one.movement_type == MovementType.OUT}  # they went out at once
        if stocked := [one for one in booked if one.product_id not in unstocked]:
            remarks = {name: data[name] for name in ("reference", "note")} | {"reason": OperationReason.DAMAGE}
            write_off(OperationDraft(by=self.user, account_id=owner_id, **remarks), stocked)

    def say(self, form: TaskForm, data: Any) -> str:
        amount = Display.of(self.user).money(self.given)
        took = self.done.format(number=len(form.sent)) if form.values["condition"] == SCRAP else super().say(form, data)
        return f"{took} {fill(GIVE_BACK, amount=amount)}"

    def find_undo(self, data: Any) -> str:
        """Return no address: the undo of the operation would leave the cash and what was written off as they are."""
        return ""
