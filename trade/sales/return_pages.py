"""The pages that take goods of a sale back, and that send goods of a delivery back to the supplier."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.kinds import CHOICE, HIDDEN, QUANTITY
from core.pages.columns import Display
from core.pages.form_fields import Field
from core.sentences import Goods, fill
from core.texts.folding import NameKey
from core.translation import gettext_noop
from products.look_ups import PRODUCTS
from products.models import Product
from stock.booking.drafts import NOTHING, divide
from stock.line_fields import MAX_LINES
from stock.models import Movement, Operation, OperationReason
from stock.reading.operations import attach_movements, attach_returns
from trade.selling.goods import list_kinds
from trade.selling.hooks import Paper, find_papers
from trade.selling.payments.money import SaleMoney, read_money
from trade.selling.payments.pay_pages import GIVEN_BACK, find_refund, read_worths, say_given_back, take_payment
from trade.selling.reading import attach_goods
from trade.selling.sold import read_standing
from users.access.roles import Right, may
from users.reading import list_uses
from web.task_pages.book_page import GIVEN, LOCATION, LOT, REMARKS, LinesPage
from web.task_pages.task_form import Line, TaskForm

CREDITED = gettext_noop(
    "This sale has invoice {number}: what comes back gets a credit note at once, and nobody can undo that."
)
ARCHIVED = gettext_noop("Restore these archived products first if they come back, too: {names}.")
OF_LINE = Field("", HIDDEN, is_number=True)  # says what a line takes back
WHOLES = tuple(kind.name for kind in list_kinds())  # the cells with the ids of goods with parts
CONDITION = Field(
    gettext_lazy("Condition"),
    CHOICE,
    choices=(("resell", gettext_lazy("Back on the shelf")), ("scrap", gettext_lazy("Broken"))),
    required=True,
    initial="resell",
)


class Left(NamedTuple):
    """What is left of a line: the movements of which something is left, and how much of them.

    `whole` are the goods whose parts these are, if they come back whole.
    """

    parts: list[Any]
    quantity: int
    whole: Any = None


class ReturnPage(LinesPage):
    """Takes back what comes back of a sale. The lines offer all that is left of it, and nothing is preset.

    They are goods with parts, as they were sold, and products. If a product was sold at several prices, or also as a
    part, they are its movements, so that somebody chooses one. With the parameter `parts`, goods with parts are listed
    as their parts.
    """

    given_cells = ("product", "movement", *WHOLES, "entry")
    take_all = gettext_lazy("All of it")
    template_name = "shop/return.html"
    title = gettext_lazy("Return")
    button = gettext_lazy("Take back")
    done = ngettext_lazy("Took back {number:,} line.", "Took back {number:,} lines.", "number")
    route = "operation-return"
    next_page = "sale-detail"
    columns = {
        "product": GIVEN.replace(required=False), "movement": OF_LINE, **dict.fromkeys((*WHOLES, "entry"), OF_LINE),
        "quantity": Field(gettext_lazy("Comes back"), QUANTITY), "condition": CONDITION, "location": LOCATION,
        "lot": LOT,
    }  # fmt: skip
    fields = {"expected_returns": Field("", HIDDEN, is_number=True), **GIVEN_BACK, **REMARKS}
    reason = OperationReason.SALE

    @property
    def hint(self) -> str:
        archived = [product.name for product in self.products.values() if product.archived_at]
        said = [fill(ARCHIVED, names=", ".join(archived))] if archived else []
        return " ".join([*said, fill(CREDITED, number=self.invoice.name)] if self.invoice else said)

    @cached_property
    def invoice(self) -> Paper | None:
        """Return the invoice of the sale, or None."""
        return find_papers(self.operation.owner_id, [self.operation.pk]).get(self.operation.pk)

    @cached_property
    def sale(self) -> Operation:
        """Return the sale or delivery with what is left of it. Raise Http404 if the shop has no such operation."""
        [sale] = attach_goods(attach_returns(attach_movements([self.operation])), self.user.shop_owner)
        return sale

    @cached_property
    def operation(self) -> Operation:
        """Return the sale or delivery. Raise Http404 if the shop has no such operation."""
        found = Operation.objects.for_user(self.user).filter(reason=self.reason).detailed()
        return get_object_or_404(found, pk=self.kwargs["pk"])

    @cached_property
    def money(self) -> SaleMoney:
        return read_money(self.operation)

    def uses_field(self, name: str) -> bool:
        """Return whether the page has the field. Those of payments are for sales that were paid.

        The shop may have switched them off. A form that was opened with them keeps them: if it is sent again, its money
        has been given back.
        """
        if name not in GIVEN_BACK:
            return super().uses_field(name)
        takes_money = self.reason == OperationReason.SALE and list_uses(self.user)["payments"]
        return takes_money and (self.money.paid > 0 or "kind" in self.request.POST)

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return take_payment(super().make_body(form))

    def say(self, form: TaskForm, data: Any) -> str:
        given = say_given_back(self.user, self.operation, data) if self.reason == OperationReason.SALE else ""
        return " ".join(filter(None, [super().say(form, data), given]))

    def find_undo(self, data: Any) -> str:
        """Return no address if the return has a credit note: nothing undoes it."""
        return "" if self.invoice else super().find_undo(data)

    def read_column(self, name: str) -> list[str]:
        """Return the texts. The radio buttons of each line have a name of their own."""
        texts = super().read_column(name)
        if name != "condition" or texts:
            return texts
        lines = range(len(super().read_column("product")[: MAX_LINES + 1]))
        return [self.request.POST.get(f"{name}-{number}", "") for number in lines]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Return the form, or a redirect to the page of an operation of which nothing is left."""
        return super().get(request) if self.sale.returnable else redirect(self.next_page, pk=self.sale.pk)

    def make_form(self) -> TaskForm:
        form = super().make_form()
        form.texts["expected_returns"] = str(len(read_standing(self.sale.owner_id, self.sale.pk)[0]))
        if "kind" in self.own_fields and len(self.money.kinds) == 1:
            [form.texts["kind"]] = self.money.kinds
        return form

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        """Return the money of the sale, from which the page's script sums up what to give back."""
        (worths, before), left = read_worths(self.user, self.sale), self.list_left()
        lines: list[Any] = form.lines
        for line in lines:
            if not (of_line := left.get(self.make_key(line))):
                continue
            parts, _, whole = of_line
            line.worth = " ".join(worths[part.pk] for part in parts if part.pk in worths)
            line.decimals = (whole or parts[0]).decimals
            if whole:
                line.number = whole.quantity
                line.each = " ".join(str(part.quantity // line.number) for part in parts)
        refund = find_refund(self.user, self.money, asks="kind" in self.own_fields)
        return {"sale": self.operation, "refund": refund, "before": before}

    def list_given_lines(self) -> list[Line]:
        """Return the lines of which something is left."""
        lines = []
        for key, (parts, quantity, whole) in self.list_left().items():
            texts, product = dict(zip(self.given_cells, key, strict=True)), self.products[parts[0].product_id]
            line, goods = Line(self.own_columns, texts), whole or product
            line.title = goods.name
            line["quantity"].note = fill("of {number:,}", number=Goods(quantity, goods.decimals, goods.unit))
            line["quantity"].expected = self.write_quantity(goods, quantity)
            price = whole.unit_price if whole else texts["movement"] and self.find_price(parts[0])
            said = [fill("at {price}", price=Display.of(self.user).money(price))] if price != "" else []
            if whole:
                said += [one.product_name for one in parts]
            else:
                line.product = product.pk
                said += {fill("part of {kit}", kit=one.part_of.name): 0 for one in parts if one.part_of}
            line.about = ", ".join(said)
            lines.append(line)
        return lines

    @cached_property
    def products(self) -> dict[int, Product]:
        """Return the products of which something is left, in the order of their names."""
        left = {movement.product_id for movement in self.sale.shown if movement.returnable}
        found = Product.objects.for_user(self.user).filter(pk__in=left).order_by(NameKey("name"), "id")
        return {product.pk: product for product in found}

    def list_left(self) -> dict[tuple[str, ...], Left]:
        """Return what is left of each line, by the texts of its cells."""
        live = [product for product in self.products.values() if not product.archived_at]
        rest = {one.pk: one.returnable or 0 for one in self.sale.shown if self.products.get(one.product_id) in live}
        left: dict[tuple[str, ...], Left] = {}
        of_wholes = set()
        for whole in () if "parts" in self.request.GET else self.sale.goods:
            each = {one.pk: one.quantity // whole.quantity for one in whole.parts}
            if number := min(rest.get(pk, 0) // units for pk, units in each.items()):
                left[self.write_key({**whole.named, "entry": whole.entry})] = Left(whole.parts, number, whole)
                rest |= {pk: rest[pk] - number * units for pk, units in each.items()}
                of_wholes |= {one.product_id for one in whole.parts}
        for product in live:
            parts = [one for one in self.sale.shown if one.product_id == product.pk and rest.get(one.pk)]
            is_one = len({self.find_price(one) for one in parts}) == 1 and product.pk not in of_wholes
            for part in parts:
                key = self.write_key({"product": PRODUCTS.write(product), "movement": "" if is_one else part.pk})
                before = left.get(key, Left([], 0))
                left[key] = Left([part, *before.parts], before.quantity + rest[part.pk])
        return left

    def write_key(self, named: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the texts of the cells that distinguish the lines."""
        return tuple(str(named.get(name, "")) for name in self.given_cells)

    def find_price(self, movement: Movement) -> Decimal:
        """Return at what a unit was sold or, if the user sees costs, what one of a delivery has cost."""
        is_sale = self.reason == OperationReason.SALE
        value = movement.value if may(self.user, Right.SEE_COSTS) else NOTHING
        return divide(movement.sold_for if is_sale else value, 10**movement.decimals, movement.quantity)


class SendBackPage(ReturnPage):
    """Sends back to the supplier what a delivery brought. The lines have all that is left of it."""

    template_name = LinesPage.template_name
    next_page = "operation-detail"
    given_cells = ("product", "movement")
    title = gettext_lazy("Send back to the supplier")
    button = gettext_lazy("Send back")
    done = ngettext_lazy("Sent back {number:,} line.", "Sent back {number:,} lines.", "number")
    columns = {
        "product": GIVEN, "movement": OF_LINE, "quantity": Field(gettext_lazy("Goes back"), QUANTITY),
        "location": LOCATION, "lot": LOT,
    }  # fmt: skip
    reason = OperationReason.PURCHASE

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        return {}
