"""The bases of the pages that book lines or list those of an order, and the fields that these have in common."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.kinds import DATE, HIDDEN, MOMENT, MONEY, NOTE, PRODUCT, QUANTITY
from core.pages.cells import Texts
from core.pages.columns import mark_goods
from core.pages.form_fields import Field
from core.pages.wording import NOTHING
from core.sentences import fill, isolate, mark_number
from products.reading.details import add_units_of_amounts
from stock.models import MovementType
from users.access.roles import Right
from web.task_pages.task_form import TaskForm, Values
from web.task_pages.task_page import TaskPage

WHICH = Field(gettext_lazy("Product"), PRODUCT, required=True)
HOW_MUCH = Field(gettext_lazy("Quantity"), QUANTITY)
HOW_MANY = HOW_MUCH.replace(initial="1")
PRICE_OF_ONE = Field(gettext_lazy("Price of one"), MONEY, help_text=gettext_lazy("Empty: the product's price."))
LOCATION = Field(gettext_lazy("Place"), is_rare=True)
LOT = Field(gettext_lazy("Lot"), is_rare=True)
COST_OF_LINE = Field(
    gettext_lazy("Cost of all"), MONEY, right=Right.SEE_COSTS, is_rare=True,
    help_text=gettext_lazy("As on the invoice, in place of the cost of one."),
)  # fmt: skip
EXPIRES = Field(gettext_lazy("Last day of use"), DATE, is_rare=True)
WHEN = Field(gettext_lazy("When"), MOMENT, help_text=gettext_lazy("Empty: now."), is_rare=True)
REFERENCE = Field(
    gettext_lazy("Document no."), help_text=gettext_lazy("A receipt or delivery note, for the history."), is_rare=True
)
NOTE_FIELD = Field(gettext_lazy("Note"), NOTE, is_rare=True)
NO_PLACE = gettext_lazy("no place")
REMARKS = {"occurred_at": WHEN, "reference": REFERENCE, "note": NOTE_FIELD}


class BookPage(TaskPage):
    """A page that books lines of one movement type for one reason."""

    route = "operation-list"
    movement_type = ""
    reason = ""
    done_one: Any = ""  # the message about a single line

    def make_body(self, form: TaskForm) -> Values:
        body = super().make_body(form)
        lines = [{**line, "movement_type": self.movement_type} for line in body["lines"]]
        return {"reason": self.reason, **body, "lines": lines}

    def say(self, form: TaskForm, data: Any) -> str:
        movements = [one for one in data["movements"] if one["movement_type"] == self.movement_type]
        if len(form.sent) == 1 and (goods := form.sent[0].goods):
            quantity = mark_number(form.sent[0].cleaned_data["quantity"])
            done = self.done_one.format(quantity=quantity, product=goods.name)
            return f"{done.removesuffix(':').rstrip()}."
        if len(movements) > 1:
            return super().say(form, data)
        [one] = add_units_of_amounts(self.user, movements)
        quantity, left = (mark_goods(one, one[name]) for name in ("quantity", "new_quantity"))
        done = self.done_one.format(quantity=quantity, product=isolate(one["product_name"]))
        if len(data["movements"]) > 1:  # a product without stock
            return f"{done.removesuffix(':').rstrip()}."
        return f"{done} " + fill("{stock:,} in stock.", stock=left)


# What a delivery cost besides its goods, by the names of the fields of its pages.
EXTRA_COSTS = {
    f"extra_costs.{name}": Field(title, MONEY, right=Right.SEE_COSTS).replace(
        group=gettext_lazy("Freight and other costs")
    )
    for name, title in (
        ("freight", gettext_lazy("Freight")),
        ("customs", gettext_lazy("Customs")),
        ("other", gettext_lazy("Other costs")),
    )
}


class DeliveryPage(TaskPage):
    """A page on which goods arrive, with EXTRA_COSTS."""

    def make_body(self, form: TaskForm) -> Values:
        """Return the body with the texts of EXTRA_COSTS as a list, as the API expects them."""
        body = super().make_body(form)
        amounts = {field: body.pop(name) for name, field in EXTRA_COSTS.items() if name in body}
        costs = [{"name": str(field.label), "amount": amount} for field, amount in amounts.items()]
        return {**body, "extra_costs": costs} if costs else body

    def find_sum(self, data: Mapping[str, Any]) -> Decimal | None:
        """Return what the delivery has cost, with its further costs, or None if the answer does not tell all of it."""
        values = [one["value"] for one in data["movements"] if one["movement_type"] == MovementType.IN]
        return None if None in values or data["movements_truncated"] else sum(map(Decimal, values), Decimal())


GIVEN = Field("", PRODUCT, required=True)  # the title of its line
READ = {"expected_updated_at": Field("", HIDDEN)}  # the API refuses the form if the row has been changed since
ZERO = re.compile(r"0+[.,]?0*")  # also that of a product with decimals, such as 0.000


class Changed(Protocol):
    """A row that says when it was changed last."""

    updated_at: datetime


class LinesPage(TaskPage):
    """A page that lists the products of the form. Lines with 0 are not sent."""

    has_given_lines = True

    def is_sent(self, line: Texts) -> bool:
        text = line["quantity"].strip()
        return bool(text) and not ZERO.fullmatch(text)

    def send(self, form: TaskForm) -> HttpResponse:
        if not form.sent and not form.is_wrong:
            form.add_error(None, _(NOTHING))
        return super().send(form)


def write_read(row: Changed) -> dict[str, str]:
    """Return the text of READ for the row that the form shows."""
    return {"expected_updated_at": row.updated_at.isoformat()}
