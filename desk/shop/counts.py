"""The page that counts products: those of a place or a category, or those that the user types."""

from dataclasses import replace
from typing import Any

from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import parse_id
from core.pages.columns import write_shown
from core.sentences import fill_plural, write_number
from core.text import fold_case
from desk.shop.bookings import LOCATION, LOT, NOTE_FIELD, REFERENCE, WHICH
from desk.shop.fields import HIDDEN, QUANTITY, Field
from desk.shop.forms import Line, TaskForm, has_values
from desk.shop.tasks import PLACES, TaskPage
from products.look_ups import CATEGORIES
from products.models import Product
from stock.models import Holding
from stock.places.look_ups import BOOKED_LOCATIONS

MAX_LISTED = 500  # the products of one page; a larger category is counted by place, or product by product
BOOK = "book"  # the field that only the form below the differences has
COUNTED = Field("counted", gettext_lazy("Counted"), QUANTITY)
COUNTED_AT = Field("counted_at", "", HIDDEN)  # the page's script writes the time at which the number was typed


def is_counted(line: Line) -> bool:
    return bool(line.cells["counted"].text.strip())


class CountPage(TaskPage):
    """Shows the differences of a count, and books them when the user confirms."""

    template_name = "shop/count.html"
    route = "counts"
    title = button = gettext_lazy("Count")
    columns = (WHICH, COUNTED, COUNTED_AT, LOCATION, LOT)
    fields = (REFERENCE, NOTE_FIELD)
    given_cells = ("product", "lot")
    keeps_draft = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.has_given_lines = any(request.GET.get(name) for name in ("place", "category"))
        return super().dispatch(request, *args, **kwargs)

    def list_columns(self) -> tuple[Field, ...]:
        """Return the columns. In the list of a place, the place and the lot of a line are given."""
        columns = super().list_columns()
        if not self.place:
            return columns
        return tuple(replace(one, kind=HIDDEN, is_rare=False) if one.name in PLACES else one for one in columns)

    def list_given_lines(self) -> list[Line]:
        return [self.make_expected_line(*row) for row in self.list_products()]

    def make_expected_line(self, product: Product, expected: int, lot: str) -> Line:
        line = self.make_line(product, lot=lot, location=self.place)
        line.title = " \N{MIDDLE DOT} ".join(filter(None, (product.name, lot)))
        if not self.hides_expected:
            line.cells["counted"].note, line.cells["counted"].expected = write_number(expected), str(expected)
        return line

    def list_products(self) -> list[tuple[Product, int, str]]:
        """Return the products to count in alphabetical order, with what is expected, and the lot if there are lots."""
        if place := parse_id(self.request.GET.get("place", "")):
            held = Holding.objects.for_user(self.user).filter(location_id=place).select_related("product", "lot")
            rows = held.order_by(Lower("product__name"), "id")[:MAX_LISTED]
            return [(row.product, row.quantity, row.lot.code if row.lot else "") for row in rows]
        category = parse_id(self.request.GET.get("category", "")) or 0
        products = Product.objects.for_user(self.user).live().filter(category_id=category)
        return [(product, product.quantity, "") for product in products.order_by(Lower("name"), "id")[:MAX_LISTED]]

    @cached_property
    def place(self) -> str:
        """Return the name of the place that is counted, or an empty text."""
        return BOOKED_LOCATIONS.describe(self.user, text) if (text := self.request.GET.get("place", "")) else ""

    @property
    def hides_expected(self) -> bool:
        return "blind" in self.request.GET

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        return {
            "places": BOOKED_LOCATIONS.list_choices(self.user),
            "categories": CATEGORIES.list_choices(self.user),
            "where": self.place or CATEGORIES.describe(self.user, self.request.GET.get("category", "")),
            "hides_expected": self.hides_expected,
            "is_cut": len(form.lines) == MAX_LISTED,
        }

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        values = form.make_values(self.user)
        lines = form.make_lines(self.user, is_counted if self.has_given_lines else has_values)
        for cell, line in zip((line.cells["counted"] for line in form.sent), lines, strict=True):
            cell.errors += [] if isinstance(line.get("counted"), int) else [_("Enter a whole number.")]
        return {**values, "lines": lines}

    def send(self, form: TaskForm) -> HttpResponse:
        """Show the differences, or book them if the form is the one below the differences."""
        if BOOK in self.request.POST:
            return super().send(form)
        lines = self.make_body(form)["lines"]
        if form.is_wrong or not lines:
            form.errors += [] if form.is_wrong else [_("Nothing is counted yet.")]
            return self.show(form, 400)
        return self.review(form, lines)

    def review(self, form: TaskForm, lines: list[dict[str, Any]]) -> HttpResponse:
        """Show the differences from the present stock. The API computes them again when it books the count."""
        ids = {line["product"] for line in lines}
        products = Product.objects.for_user(self.user).in_bulk(ids)
        held: dict[int, list[Holding]] = {pk: [] for pk in ids}
        for row in Holding.objects.for_user(self.user).filter(product__in=ids).select_related("location", "lot"):
            held[row.product_id].append(row)
        rows = [compare(line, products[line["product"]], held[line["product"]]) for line in lines]
        self.template_name, self.button = "shop/review.html", gettext_lazy("Book")
        self.reviewed = {"rows": [row for row in rows if row["difference"]], "number": len(rows)}
        return self.show(form)

    def say(self, form: TaskForm, data: Any) -> str:
        if not data["operation"]:
            return _("Counted: nothing differs.")
        number = sum(1 for line in data["lines"] if line["difference"])
        return fill_plural(
            "Counted: {number:,} difference is booked.", "Counted: {number:,} differences are booked.", number
        )

    def find_next(self, data: Any) -> str:
        address = super().find_next(data)
        if address == self.request.path and data["operation"]:
            return reverse("operation-detail", args=[data["operation"]])
        return address


def compare(line: dict[str, Any], product: Product, held: list[Holding]) -> dict[str, Any]:
    """Return a row of the table of differences. A line with a place or a lot is compared with what is held there."""
    expected = product.quantity
    if "location" in line or "lot" in line:
        expected = sum(row.quantity for row in held if is_at(row, line))
    difference = line["counted"] - expected
    shown = {"expected": write_shown(expected), "counted": write_shown(line["counted"])}
    return {**shown, "name": product.name, "difference": difference and write_shown(difference, "+,")}


def is_at(row: Holding, line: dict[str, Any]) -> bool:
    names = {"location": row.location.name if row.location else "", "lot": row.lot.code if row.lot else ""}
    return all(fold_case(names[name]) == fold_case(line[name]) for name in names if name in line)
