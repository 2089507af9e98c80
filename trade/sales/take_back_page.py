"""The page that takes goods back if nobody finds their sale."""

from collections import defaultdict
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
from core.money.currencies import round_money
from core.pages.cells import Fields
from core.pages.columns import Display
from core.pages.form_fields import Field
from core.sentences import fill
from core.serializers import PriceField
from core.translation import gettext_noop
from products.models import Product
from stock.booking.drafts import NOTHING, OperationDraft
from stock.booking.locks import read_movements
from stock.models import MovementType, Operation, OperationReason, PaymentKind
from trade.sales.return_pages import CONDITION
from trade.selling.payments.pay_pages import GIVE_BACK, LATER
from trade.selling.prices import must_sell_at_list_price
from trade.selling.services import write_off
from trade.tills.models import Till
from users.access.permissions import routes
from users.reading import list_uses
from web.task_pages.book_page import LOCATION, LOT, REMARKS, WHICH, BookPage
from web.task_pages.task_form import TaskForm

NOTE = gettext_noop("Taken back without a receipt. Given back: {amount}.")
REASON = gettext_noop("Taken back without a receipt: number {number}")
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
    has_camera = typed_with_tax = True
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
        "condition": CONDITION,
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
    def own_fields(self) -> Fields:
        drawers = [("", gettext_lazy("Without a till")), *self.tills]
        fields = super().own_fields.items()
        return {name: one.replace(choices=drawers) if name == "till" else one for name, one in fields}

    def uses_field(self, name: str) -> bool:
        """Return whether the page has the field. Who must sell at the list's prices does not change them.

        A shop that notes payments chooses the kind and, if it has tills, the drawer.
        """
        if name == "unit_price":
            return not must_sell_at_list_price(self.user)
        if name in ("kind", "till"):
            return list_uses(self.user)["payments"] and (name == "kind" or bool(self.tills))
        return super().uses_field(name)

    @cached_property
    def tills(self) -> list[tuple[str, str]]:
        found = Till.objects.for_user(self.user).filter(revoked_at=None).order_by("id")
        return [(str(till.pk), till.name) for till in found]

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
        worths: dict[Any, Decimal] = defaultdict(Decimal)
        for line in lines:
            if product := products.get(line["product"]):
                rate, worth = self.price(line, product)
                worths[rate] += worth
        taxes = (round_money(worth * rate / 100, self.user.shop_currency) for rate, worth in worths.items())
        return sum((*worths.values(), *taxes), NOTHING)

    def price(self, line: dict[str, Any], product: Product) -> tuple[Any, Decimal]:
        """Return the rate of VAT that is added, or 0, and what the goods of the line are worth without it."""
        quantity = line.get("quantity")
        if not isinstance(quantity, int) or quantity < 1:
            return 0, NOTHING
        typed = line.get("unit_price")
        tax = None if typed or self.user.shop_owner.prices_include_tax else product.tax
        worth = price_of(quantity, Decimal(typed or product.price), product.decimals)
        return tax.rate if tax else 0, round_money(worth, self.user.shop_currency)

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

    def find_sum(self, data: Any) -> Decimal:
        return self.given

    def write_off(self, data: dict[str, Any]) -> None:
        """Write off the goods of this operation from where they were put, with the value that they brought."""
        owner_id: Any = self.user.account_id
        booked = read_movements(owner_id, [data["id"]])
        unstocked = {one.product_id for one in booked if one.movement_type == MovementType.OUT}  # they went out at once
        if stocked := [one for one in booked if one.product_id not in unstocked]:
            remarks = {name: data[name] for name in ("reference", "note")} | {"reason": OperationReason.DAMAGE}
            operation = Operation.objects.get(owner_id=owner_id, pk=data["id"])
            write_off(OperationDraft(by=self.user, account_id=owner_id, **remarks), operation, stocked)

    def say(self, form: TaskForm, data: Any) -> str:
        amount = Display.of(self.user).money(self.given)
        took = self.done.format(number=len(form.sent)) if form.values["condition"] == SCRAP else super().say(form, data)
        return f"{took} {fill(GIVE_BACK, amount=amount)}"

    def find_undo(self, data: Any) -> str:
        """Return no address: the undo of the operation would leave the cash and what was written off as they are."""
        return ""
