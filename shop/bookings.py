"""The pages that sell, receive, write off and move. Each form books one operation."""

from typing import Any

from django.utils.translation import gettext_lazy, ngettext_lazy

from core.sentences import fill, fill_plural, mark_number
from products.look_ups import PRODUCTS
from products.models import Product
from products.reading.details import add_details
from shop.fields import CHOICE, DATE, MOMENT, MONEY, NOTE, PRODUCT, QUANTITY, Field
from shop.forms import TaskForm
from shop.tasks import TaskPage
from stock.models import MovementType, OperationReason
from stock.places.look_ups import BOOKED_LOCATIONS
from users.roles import Right

WHICH = Field("product", gettext_lazy("Product"), PRODUCT)
HOW_MANY = Field("quantity", gettext_lazy("Quantity"), QUANTITY, initial="1")
LOCATION = Field("location", gettext_lazy("Place"), is_rare=True)
LOT = Field("lot", gettext_lazy("Lot"), is_rare=True)
EXPIRES = Field("expires_on", gettext_lazy("Expires"), DATE, is_rare=True)
WHEN = Field("occurred_at", gettext_lazy("When"), MOMENT, hint=gettext_lazy("Empty: now."), is_rare=True)
REFERENCE = Field(
    "reference",
    gettext_lazy("Reference"),
    hint=gettext_lazy("A receipt or delivery note, for the history."),
    is_rare=True,
)
NOTE_FIELD = Field("note", gettext_lazy("Note"), NOTE, is_rare=True)
NO_PLACE = gettext_lazy("no place")
REMARKS = (WHEN, REFERENCE, NOTE_FIELD)


class BookPage(TaskPage):
    """A page that books lines of one movement type for one reason."""

    route = "operation-list"
    movement_type = ""
    reason = ""
    done_one: Any = ""  # the message about a single line

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        body = super().make_body(form)
        lines = [{**line, "movement_type": self.movement_type} for line in body["lines"]]
        return {"reason": self.reason, **body, "lines": lines}

    def say(self, form: TaskForm, data: Any) -> str:
        movements = data["movements"]
        if len(movements) > 1:
            return super().say(form, data)
        [one] = movements
        done = self.done_one.format(quantity=mark_number(one["quantity"]), product=one["product_name"])
        stock = fill("{stock:,} in stock.", stock=one["new_quantity"])
        return f"{done} {stock}"


class SellPage(BookPage):
    title = button = gettext_lazy("Sell")
    movement_type, reason = MovementType.OUT, OperationReason.SALE
    columns = (
        WHICH, HOW_MANY,
        Field("unit_price", gettext_lazy("Price of one"), MONEY, hint=gettext_lazy("Empty: the product's price.")),
        LOCATION, LOT,
    )  # fmt: skip
    fields = REMARKS
    done_one = gettext_lazy("Sold {quantity:,} of {product}:")
    done = ngettext_lazy("Sold {number:,} line.", "Sold {number:,} lines.", "number")


class ReceivePage(BookPage):
    title = button = gettext_lazy("Receive")
    movement_type, reason = MovementType.IN, OperationReason.PURCHASE
    columns = (
        WHICH, HOW_MANY,
        Field("unit_cost", gettext_lazy("Cost of one"), MONEY, right=Right.SEE_COSTS,
              hint=gettext_lazy("Empty: as before.")),
        LOCATION, LOT, EXPIRES,
    )  # fmt: skip
    fields = REMARKS
    done_one = gettext_lazy("Received {quantity:,} of {product}:")
    done = ngettext_lazy("Received {number:,} line.", "Received {number:,} lines.", "number")


LOSSES = (
    (OperationReason.DAMAGE, gettext_lazy("Damaged")),
    (OperationReason.EXPIRY, gettext_lazy("Expired")),
    (OperationReason.THEFT, gettext_lazy("Stolen")),
    (OperationReason.OTHER, gettext_lazy("Something else")),
)


class WriteOffPage(BookPage):
    title = button = gettext_lazy("Write off")
    movement_type = MovementType.OUT
    columns = (WHICH, HOW_MANY, LOCATION, LOT)
    fields = (Field("reason", gettext_lazy("Why"), CHOICE, choices=LOSSES, is_required=True), *REMARKS)
    done_one = gettext_lazy("Wrote off {quantity:,} of {product}:")
    done = ngettext_lazy("Wrote off {number:,} line.", "Wrote off {number:,} lines.", "number")

    def make_form(self) -> TaskForm:
        """Return the form. The quantity of a product that a list has sent is what has expired, or else its stock."""
        ids = self.list_chosen()
        given: Any = self.request.GET
        has_other_values = not given.keys() <= {"product", "reason"}  # such as the quantity of a scanned code
        if not ids or (len(ids) == 1 and has_other_values):
            return super().make_form()
        rows = add_details(Product.objects.for_user(self.user).live().filter(pk__in=ids), self.user).order_by("name")
        lines = [
            {"product": PRODUCTS.write(row), "quantity": str(row.expired_quantity or row.quantity)} for row in rows
        ]
        if rows and all(row.expired_quantity for row in rows):
            given = {"reason": OperationReason.EXPIRY}
        return self.fill_form(given, lines)


class MovePage(TaskPage):
    """Moves products from one location to another."""

    route = "transfers"
    title = button = gettext_lazy("Move")
    columns = (WHICH, HOW_MANY, LOT)
    fields = (
        Field("from", gettext_lazy("From"), look_up=BOOKED_LOCATIONS, nothing=NO_PLACE, sends_name=True),
        Field("to", gettext_lazy("To"), look_up=BOOKED_LOCATIONS, nothing=NO_PLACE, sends_name=True),
        *REMARKS,
    )

    def make_form(self) -> TaskForm:
        form = super().make_form()
        for name in ("from", "to"):
            form.fields[name].text = BOOKED_LOCATIONS.describe(self.user, form.fields[name].text)
        return form

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return {"from": None, "to": None, **super().make_body(form)}

    def say(self, form: TaskForm, data: Any) -> str:
        source, target = (form.fields[name].text or str(NO_PLACE) for name in ("from", "to"))
        movements = data["movements"][::2]  # each line has an OUT and an IN
        if len(movements) == 1:
            what = fill(
                "{quantity:,} of {product}", quantity=movements[0]["quantity"], product=movements[0]["product_name"]
            )
        else:
            what = fill_plural("{number:,} line", "{number:,} lines", len(movements))
        return fill("Moved {what}: {source} → {target}.", what=what, source=source, target=target)
