"""The pages that receive, write off and move. Each form books one operation."""

from contextlib import suppress
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.kinds import CHOICE, MONEY
from core.pages.columns import mark_goods
from core.pages.form_fields import Field
from core.pages.tables import LIST
from core.pages.tabs import Tab
from core.sentences import fill, fill_plural
from core.texts.cleaning import fold_case
from products.look_ups import PRODUCTS
from products.models import Product
from products.reading.details import Expiring, add_units_of_amounts, read_expiring_of
from stock.line_fields import MAX_LINES
from stock.models import MovementType, OperationReason
from stock.models.querysets import has_expired
from stock.places.look_ups import BOOKED_LOCATIONS
from suppliers.look_ups import SUPPLIERS
from users.access.roles import Right
from users.reading import shows
from web.task_pages.book_page import (
    COST_OF_LINE,
    EXPIRES,
    EXTRA_COSTS,
    HOW_MANY,
    LOCATION,
    LOT,
    NO_PLACE,
    REMARKS,
    WHICH,
    BookPage,
    DeliveryPage,
)
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage


class ReceivePage(DeliveryPage, BookPage):
    template_name = "shop/receive.html"
    tab = Tab(covers=("/shop/deliveries/",))
    title = button = gettext_lazy("Receive")
    movement_type, reason = MovementType.IN, OperationReason.PURCHASE
    has_camera = is_cart = True
    columns = {
        "product": WHICH, "quantity": HOW_MANY,
        "unit_cost": Field(gettext_lazy("Cost of one"), MONEY, right=Right.SEE_COSTS,
                           help_text=gettext_lazy("Empty: as before.")),
        "cost": COST_OF_LINE, "location": LOCATION, "lot": LOT, "expires_on": EXPIRES,
    }  # fmt: skip
    used_by = {**BookPage.used_by, "supplier": "purchasing"}
    fields = {
        "supplier": Field(gettext_lazy("Supplier"), look_up=SUPPLIERS, nothing=gettext_lazy("not named")),
        **EXTRA_COSTS,
        **REMARKS,
    }
    done_one = gettext_lazy("Received {quantity:,} of {product}:")
    done = ngettext_lazy("Received {number:,} line.", "Received {number:,} lines.", "number")


LOSSES = (
    (OperationReason.DAMAGE, gettext_lazy("Damaged")),
    (OperationReason.EXPIRY, gettext_lazy("Expired")),
    (OperationReason.THEFT, gettext_lazy("Stolen")),
    (OperationReason.OTHER, gettext_lazy("Something else")),
)
# The filters of a list of products that send the days on which its stock expires: from the first, and before the other.
WINDOW = ("expires_after", "expires_before")


class WriteOffPage(BookPage):
    title = button = gettext_lazy("Write off")
    tab = Tab()
    movement_type = MovementType.OUT
    columns = {"product": WHICH, "quantity": HOW_MANY, "location": LOCATION, "lot": LOT}
    fields = {"reason": Field(gettext_lazy("Reason"), CHOICE, choices=LOSSES, required=True), **REMARKS}
    done_one = gettext_lazy("Wrote off {quantity:,} of {product}:")
    done = ngettext_lazy("Wrote off {number:,} line.", "Wrote off {number:,} lines.", "number")

    def make_form(self) -> TaskForm:
        """Return the form. If a list has sent products, it has a line for each lot of them that expires."""
        ids = self.list_chosen()
        given: Any = self.request.GET
        # A scanned code, for example, also sends a quantity.
        has_other_values = not given.keys() <= {"product", "reason", LIST, *WINDOW}
        if not ids or (len(ids) == 1 and has_other_values):
            return super().make_form()
        # A list of what has expired also has products that are sold out.
        in_stock = Product.objects.for_user(self.user).filter(pk__in=ids, quantity__gt=0)
        ids = list(in_stock.values_list("pk", flat=True)) or ids
        expiring = self.list_expiring(ids)
        if expiring and (self.window or {one.id for one in expiring} == set(ids)):
            given = {"reason": OperationReason.EXPIRY}
        return self.fill_form(given, self.make_lines(ids, expiring))

    @cached_property
    def window(self) -> tuple[date, date] | None:
        """Return the first and the last day on which the stock of the list expires, or None for another list."""
        first, end = (read_day(self.request.GET.get(name, "")) for name in WINDOW)
        last = date.fromordinal(max(end.toordinal() - 1, 1)) if end else date.max
        return (first or date.min, last) if first or end else None

    def list_expiring(self, ids: list[int]) -> list[Expiring]:
        """Return what expires on the days of the list. For another list, return what has expired."""
        today = self.user.shop_today()
        first, last = self.window or (date.min, today)
        rows = read_expiring_of(self.user.shop_owner.pk, ids, first, last, MAX_LINES)
        return [one for one in rows if self.window or not one.lot_code or has_expired(one.expires_on, today)]

    def make_lines(self, ids: list[int], expiring: list[Expiring]) -> list[dict[str, str]]:
        """Return a line for each lot that expires, and one for the whole stock of a product of which nothing does."""
        texts = PRODUCTS.describe_all(self.user, ids)
        products = Product.objects.for_user(self.user).in_bulk(texts)
        lines = [
            {
                "product": texts[one.id],
                "lot": one.lot_code,
                "quantity": self.write_quantity(products[one.id], one.quantity),
            }
            for one in expiring
        ]
        if not self.window:
            others = [products[pk] for pk in products.keys() - {one.id for one in expiring}]
            lines += [{"product": texts[row.pk], "quantity": self.write_quantity(row, row.quantity)} for row in others]
        return sorted(lines, key=lambda line: fold_case(line["product"]))


def read_day(text: str) -> date | None:
    with suppress(ValueError):  # an address may have any text
        return date.fromisoformat(text)
    return None


class MovePage(TaskPage):
    """Moves products from one location to another."""

    route = "transfers"
    tab = Tab(is_offered=shows("places"))
    title = button = gettext_lazy("Move")
    columns = {"product": WHICH, "quantity": HOW_MANY, "lot": LOT}
    empty = {"from": None, "to": None}
    fields = {
        "from": Field(gettext_lazy("From"), look_up=BOOKED_LOCATIONS, nothing=NO_PLACE, sends_name=True),
        "to": Field(gettext_lazy("To"), look_up=BOOKED_LOCATIONS, nothing=NO_PLACE, sends_name=True),
        **REMARKS,
    }

    def make_form(self) -> TaskForm:
        form = super().make_form()
        for name in ("from", "to"):
            form.texts[name] = BOOKED_LOCATIONS.describe(self.user, form.texts[name])
        return form

    def find_next(self, data: Any) -> str:
        """Return the address of the form with the places, because several moves mostly have the same."""
        kept = {name: self.request.POST.get(name, "") for name in ("from", "to")}
        return f"{self.request.path}?{urlencode({name: text for name, text in kept.items() if text})}".rstrip("?")

    def say(self, form: TaskForm, data: Any) -> str:
        source, target = (form.texts[name] or str(NO_PLACE) for name in ("from", "to"))
        movements = data["movements"][::2]  # each line has an OUT and an IN
        if len(movements) == 1:
            [one] = add_units_of_amounts(self.user, movements)
            quantity = mark_goods(one, one["quantity"])
            what = fill("{quantity:,} of {product}", quantity=quantity, product=one["product_name"])
        else:
            what = fill_plural("{number:,} line", "{number:,} lines", len(movements))
        return fill("Moved {what}: {source} → {target}.", what=what, source=source, target=target)
