"""How a sale is paid and what is given back: the fields of forms, and the page that takes a payment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from core import kinds
from core.http.calls import Answer
from core.kinds import CHOICE, MONEY, Kind, read_amount, read_price, write_money
from core.pages.cells import Fields
from core.pages.columns import Display, Row
from core.pages.form_fields import Field
from core.sentences import fill, list_first
from core.translation import gettext_noop
from stock.booking.drafts import NOTHING
from stock.models import Operation, OperationReason, PaymentKind, Sold
from stock.models.querysets import has_expired
from trade.selling.payments.errors import NothingDue
from trade.selling.payments.money import SaleMoney, read_money, read_totals, read_worth
from trade.selling.reading import read_returnable
from users.models import User
from users.reading import list_uses
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

DISCOUNT = "discount"  # the kind of a field with a discount: 10 % or an amount
LATER = "later"  # the choice without a payment
KINDS = [(kind.value, gettext_lazy(kind.label)) for kind in PaymentKind]
IN_PART = gettext_lazy("Paid in part, or with a tip")
RECEIVED: Fields = {
    "kind": Field(
        gettext_lazy("Paid by"), CHOICE, choices=[*KINDS, (LATER, gettext_lazy("Not paid yet"))], required=True
    ),
    "tendered": Field(gettext_lazy("Cash received"), MONEY, help_text=gettext_lazy("Enter it to see the change.")),
    "amount": Field(
        gettext_lazy("Paid"), MONEY, help_text=gettext_lazy("If this is empty, all that is due.")
    ).replace(group=IN_PART),
    "rest": Field(
        gettext_lazy("The rest by"), CHOICE, choices=[("", gettext_lazy("Not paid yet")), *KINDS]
    ).replace(group=IN_PART),
    "tip": Field(
        gettext_lazy("Tip"), MONEY,
        help_text=gettext_lazy("It is not in your takings. With two kinds of payment, it is paid by the second."),
    ).replace(group=IN_PART),
}  # fmt: skip
LAST_KIND = "paid_by"  # the session has here how the last sale of the user was paid
GIVEN_BACK: Fields = {
    "kind": Field(
        gettext_lazy("Given back by"), CHOICE, choices=[*KINDS, (LATER, gettext_lazy("Nothing is given back"))],
        required=True,
    ),
    "amount": Field(
        gettext_lazy("Given back"), MONEY,
        help_text=gettext_lazy("If this is empty, all that is to be given back."),
    ),
}  # fmt: skip
PAID_PART = gettext_noop("{kind}: {sum}.")
PAID_WITH_TIP = gettext_noop("{kind}: {amount} + {tip} tip = {sum}.")
CHANGE = gettext_noop("Change: {amount}.")
GIVE_BACK = gettext_noop("Give back {amount}.")
LEFT = gettext_noop("{amount} is left to pay.")
LEFT_TO_PAY = gettext_noop("Left to pay: {amount}.")
FIRST_AMOUNT = gettext_noop("Enter what is paid in the first way. The rest is paid in the other one.")
NOT_GIVEN_BACK = gettext_noop("Not given back: {amount}.")


def read_discount(text: str, user: User) -> dict[str, str]:
    """Return a discount as the API gets it: in percent, or an amount of money."""
    number = text.strip().removesuffix("%")
    if number != text.strip():
        return {"percent": read_amount(number.strip(), user.shop_decimal_sign)}
    return {"amount": read_price(text, user)}


def write_discount(discount: Mapping[str, Any] | None, user: User) -> str:
    """Return the discount as people type it."""
    if not discount:
        return ""
    if discount["percent"] is None:
        return write_money(discount["amount"], user)
    return f"{Decimal(discount['percent']).normalize():f} %".replace(".", user.shop_decimal_sign)


kinds.KINDS[DISCOUNT] = Kind(read_discount)
OF_SALE = Field(gettext_lazy("Discount"), DISCOUNT, help_text=gettext_lazy("Such as 10 % or 2.50, of the whole sale."))


def notes_money(user: User, money: SaleMoney) -> bool:
    """Return whether somebody notes how the sale is paid: its shop does so now, or has done so."""
    return money.is_noted or list_uses(user)["payments"]


def take_payment(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body with the fields of a payment, and of another one with the rest and the tip, as `payments`."""
    payment = {name: body[name] for name in RECEIVED if name in body}
    tip = {"tip": payment.pop("tip")} if {"rest", "tip"} <= payment.keys() else {}
    second = [{"kind": payment.pop("rest"), **tip}] if "rest" in payment else []
    return {**body, "payments": [payment, *second]} if payment.get("kind", LATER) != LATER else body


def say_change(user: User, sale: Mapping[str, Any]) -> str:
    """Return the sentence about the change of a sale, or an empty text if nobody gets change."""
    change = sum((Decimal(one["change"] or NOTHING) for one in sale["payments"]), NOTHING)
    return fill(CHANGE, amount=Display.of(user).money(change)) if change else ""


def say_parts(user: User, payments: Sequence[Mapping[str, Any]]) -> str:
    """Return how much was paid in which way, or an empty text if all of it was paid in one way without a tip."""
    if len(payments) == 1 and not Decimal(payments[0]["tip"]):
        return ""
    display, said = Display.of(user), []
    for one in payments:
        amount, tip = Decimal(one["amount"]), Decimal(one["tip"])
        written = {"amount": display.amount(amount), "tip": display.amount(tip), "sum": display.money(amount + tip)}
        text = PAID_WITH_TIP if tip else PAID_PART
        said.append(fill(text, kind=gettext(PaymentKind(one["kind"]).label), **written))
    return " ".join(said)


def say_given_back(user: User, sale: Operation, returned: Mapping[str, Any]) -> str:
    """Return the sentences about what to give back for a return, and what the customer or the shop still owes.

    In a shop without payments, what to give back is what the goods were sold for.
    """
    amount, money = sum((-Decimal(one["amount"]) for one in returned["payments"]), NOTHING), read_money(sale)
    if not notes_money(user, money):
        amount = read_worth(sale.owner_id, sale.pk, returned["id"])
    said = [(GIVE_BACK, amount), *([(LEFT, money.owed), (NOT_GIVEN_BACK, money.overpaid)] if money.is_noted else [])]
    return " ".join(fill(text, amount=Display.of(user).money(shown)) for text, shown in said if shown)


def read_worths(user: User, sale: Operation) -> tuple[dict[int, str], str]:
    """Return what each movement of the sale is worth, by id, and the rates of VAT with what came back before.

    A worth is what the movement was sold for, how much of it was sold and came back in base units, what that was worth,
    what is left, and the rate of VAT that is added.
    """
    sold = read_returnable(sale, user).movements
    kept: Any = Sold.objects.filter(owner_id=sale.owner_id, movement_id__in=list(sold), is_net=True)
    rates = dict(kept.values_list("movement_id", "rate"))
    given: dict[Any, Decimal] = defaultdict(Decimal)
    worths = {}
    for pk, one in sold.items():
        rate = rates.get(pk, "")
        given[rate] += one.given[1]
        worths[pk] = "/".join(
            map(str, (one.whole[1], one.quantity, one.returned, one.given[1], max(NOTHING, one.rest[1]), rate))
        )
    return worths, " ".join(f"{rate}/{worth}" for rate, worth in given.items() if rate)


def find_refund(user: User, money: SaleMoney, *, asks: bool) -> dict[str, Any]:
    """Return what can be given back for a sale. `limit` is the amount if all that is left of the sale comes back.

    `asks` is whether the form asks how money is given back. `due` is what is left to pay, or None if the shop does not
    note how the sale was paid.
    """
    is_noted = notes_money(user, money)
    limit = (money.paid if asks else NOTHING) if is_noted else money.total - money.returned
    is_unpaid, words = is_noted and money.paid <= 0, Display.of(user).money(limit)
    return {"limit": limit, "due": money.due if is_noted else None, "is_unpaid": is_unpaid, "words": words}


class TakesPayment(TaskPage):
    """A page that takes a payment: all of it in one way, or in two."""

    def send(self, form: TaskForm) -> HttpResponse:
        """Send the form. A second way to pay needs the amount of the first, and what is paid needs a way."""
        if form.values.get("kind") == LATER and form.values.keys() & RECEIVED.keys() != {"kind"}:
            form.add_error("kind", gettext("Choose one."))
        if "rest" in form.values and "amount" not in form.values:
            form.add_error("amount", gettext(FIRST_AMOUNT))
        return super().send(form)

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        later = {"payment": LATER} if form.values.get("kind") == LATER else {}
        return {**take_payment(super().make_body(form)), **later}


class PaidPage(TakesPayment):
    """A page that sells. It asks for the payment in shops that use payments, at first as the last sale was paid."""

    sale: int | None = None  # the sale of which something is left to pay

    @cached_property
    def own_fields(self) -> Fields:
        fields = super().own_fields
        if not list_uses(self.user)["payments"]:
            return {name: field for name, field in fields.items() if name not in RECEIVED}
        kind = self.request.session.get(LAST_KIND, PaymentKind.CASH.value)
        return {**fields, "kind": fields["kind"].replace(initial=kind)}

    def call_route(self, form: TaskForm, body: dict[str, Any]) -> Answer:
        """Return the answer of the API. What is given away is sold without a payment, although one is preset."""
        answer = super().call_route(form, body)
        is_free = answer.data.get("code") == NothingDue.code and answer.data["total"] == str(NOTHING)
        if is_free and [set(one) for one in body["payments"]] == [{"kind"}]:
            return super().call_route(form, {**body, "payments": []})
        return answer

    def say(self, form: TaskForm, data: Any) -> str:
        parts = say_parts(self.user, data["payments"])
        said = [super().say(form, data), parts, self.say_left(form, data), say_change(self.user, data)]
        return " ".join(filter(None, [*said, *say_expired(self.user, data)]))

    def find_sum(self, data: Mapping[str, Any]) -> Decimal:
        owner_id: Any = self.user.account_id
        return read_totals(owner_id, [data["id"]])[data["id"]].total

    def say_left(self, form: TaskForm, data: Any) -> str:
        """Return what is left to pay, and keep how the sale was paid for the next one."""
        kind = form.values.get("kind")
        if kind not in (None, LATER, self.request.session.get(LAST_KIND)):
            self.request.session[LAST_KIND] = kind
        is_open = kind == LATER or ("amount" in form.values and "rest" not in form.values)
        owed = read_money(Operation.objects.for_user(self.user).get(pk=data["id"])).owed if is_open else NOTHING
        if not owed:
            return ""
        self.sale = data["id"]
        return fill(LEFT_TO_PAY, amount=Display.of(self.user).money(owed))

    def find_receipt(self, data: Mapping[str, Any]) -> str:
        """Return the addresses of the receipt, and of the page that takes what is left to pay."""
        pay = reverse("shop-pay", args=[self.sale]) if self.sale else ""
        return " ".join(filter(None, (super().find_receipt(data), pay)))


class PayPage(TakesPayment):
    """Books what is received later for a sale."""

    title = button = gettext_lazy("Save the payment")
    route = "sale-payment-list"
    fields = {
        name: field.replace(group="", **({"choices": KINDS} if name == "kind" else {}))
        for name, field in RECEIVED.items()
    }

    @cached_property
    def money(self) -> SaleMoney:
        """Return the money of the sale. Raise Http404 if the shop has no such sale."""
        sales = Operation.objects.for_user(self.user).filter(reason=OperationReason.SALE)
        return read_money(get_object_or_404(sales, pk=self.kwargs["operation"]))

    def make_form(self) -> TaskForm:
        """Return the form. Raise Http404 if the sale was undone. A form that was sent is shown all the same."""
        if self.money.is_undone:
            raise Http404
        return super().make_form()

    @property
    def hint(self) -> str:
        owed = self.money.owed
        if self.money.is_undone:
            return ""
        return fill(LEFT, amount=Display.of(self.user).money(owed)) if owed else gettext(NothingDue.detail)

    def say(self, form: TaskForm, data: Any) -> str:
        said = [gettext("Saved the payment."), say_parts(self.user, data["payments"]), say_change(self.user, data)]
        return " ".join(filter(None, said))

    def find_next(self, data: Any) -> str:
        return reverse("sale-detail", args=[self.kwargs["operation"]])


def say_expired(user: User, operation: Row) -> list[str]:
    """Return the warning of a sale that took from lots which had expired, or nothing."""
    if operation.get("reason") != OperationReason.SALE:
        return []
    day = user.shop_day(datetime.fromisoformat(operation["occurred_at"]))
    lots = [
        fill("{product}, lot {lot}", product=movement["product_name"], lot=portion["lot_code"])
        for movement in operation["movements"]
        for portion in movement["portions"]
        if has_expired(portion["expires_on"], day)
    ]
    return [fill("This has expired: {lots}.", lots=list_first(lots))] if lots else []
