"""The page that counts: alone, what is listed or typed, and with others, on counting sheets."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Case, Exists, Min, OuterRef, Sum, When
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.kinds import HIDDEN, QUANTITY, parse_id
from core.pages.cells import Fields, Texts
from core.pages.columns import Display, write_shown
from core.pages.form_fields import Field
from core.pages.tabs import Tab
from core.sentences import Goods, fill_plural, write_number
from core.texts.cleaning import fold_case
from core.texts.folding import NameKey
from products.look_ups import CATEGORIES
from products.models import Product
from stock.booking.drafts import NO_LOCATION
from stock.models import Holding
from stock.places.look_ups import BOOKED_LOCATIONS
from trade.sheets.models import Sheet, SheetState
from trade.sheets.reading import attach_progress, find_unit_value
from users.access.permissions import may_send
from users.access.roles import Right, may
from users.models import User
from users.reading import list_uses
from web.task_pages.book_page import LOCATION, LOT, NOTE_FIELD, REFERENCE, WHICH
from web.task_pages.task_form import Line, TaskForm
from web.task_pages.task_page import TaskPage

MAX_LISTED = 500  # the products of one page; a larger category is counted by place, or product by product
MAX_SHEETS = 20
BOOK = "book"  # the field that only the form below the differences has
COUNTED_AT = Field("", HIDDEN)  # the page's script writes the time at which the number was typed


class CountedField(Field):
    """A counted quantity. The page computes differences from it before the API checks it."""

    def check_quantity(self, quantity: int | str | None) -> None:
        if not isinstance(quantity, int):
            raise ValidationError(_("Enter a whole number."))


class CountPage(TaskPage):
    """Shows the differences of a count, and books them when the user confirms."""

    template_name = "shop/count.html"
    tab = Tab(covers=("/shop/sheets/", "/api/stock/sheets/"), route="sheet-list")
    route = "counts"
    title = button = gettext_lazy("Count")
    columns = {
        "product": WHICH, "counted": CountedField(gettext_lazy("Counted"), QUANTITY), "counted_at": COUNTED_AT,
        "location": LOCATION, "lot": LOT,
    }  # fmt: skip
    fields = {"reference": REFERENCE, "note": NOTE_FIELD}
    given_cells = ("product", "lot")
    keeps_draft = True
    has_camera = True

    def may_open(self, user: User) -> bool:
        """Return whether the user may count alone or, to see the page, only use counting sheets."""
        return super().may_open(user) or (self.request.method == "GET" and may_send(user, "sheet-list", "GET"))

    @cached_property
    def counts_alone(self) -> bool:
        """Return whether the user may see the stock and count it without a sheet."""
        return super().may_open(self.user)

    @property
    def has_given_lines(self) -> bool:  # type: ignore[override]
        return self.counts_alone and any(self.request.GET.get(name) for name in ("place", "category"))

    @cached_property
    def own_columns(self) -> Fields:
        """Return the columns. In the list of a place, the place and the lot of a line are given."""
        columns = super().own_columns
        given = [name for name in self.used_by if self.place and name in columns]
        return columns | {name: columns[name].replace(kind=HIDDEN, is_rare=False) for name in given}

    def is_sent(self, line: Texts) -> bool:
        return bool(line["counted"].strip()) if self.has_given_lines else super().is_sent(line)

    def list_given_lines(self) -> list[Line]:
        return [self.make_expected_line(*row) for row in self.list_products()]

    def make_expected_line(self, product: Product, expected: int, lot: str) -> Line:
        line = self.make_line(product, lot=lot, location=self.place)
        line.title = " \N{MIDDLE DOT} ".join(filter(None, (product.name, lot)))
        if not self.hides_expected:
            line["counted"].note = write_number(Goods(expected, product.decimals, product.unit))
            line["counted"].expected = self.write_quantity(product, expected)
        return line

    def list_products(self) -> list[tuple[Product, int, str]]:
        """Return the products to count in alphabetical order, with what is expected, and the lot if there are lots.

        Archived products and those without stock can't be counted.
        """
        if place := parse_id(self.request.GET.get("place", "")):
            return self.list_at(place)
        category = parse_id(self.request.GET.get("category", "")) or 0
        products = Product.objects.for_user(self.user).live().filter(category_id=category, keeps_stock=True)
        return [(product, product.quantity, "") for product in products.order_by(NameKey("name"), "id")[:MAX_LISTED]]

    def list_at(self, place: int) -> list[tuple[Product, int, str]]:
        """Return the products at a place by lot.

        A product that lies there in lots and without one is listed once: what is counted without a lot there is all of
        it, lots included.
        """
        held = Holding.objects.for_user(self.user).filter(location_id=place, product__archived_at=None)
        is_in_lots = ~Exists(held.filter(product=OuterRef("product"), lot=None))
        parts = held.values("product", code=Case(When(is_in_lots, then="lot__code")))
        sums = parts.annotate(total=Sum("quantity"), first=Min("id")).order_by(NameKey("product__name"), "first")
        rows = sums.values_list("product", "total", "code")[:MAX_LISTED]
        found = Product.objects.for_user(self.user).in_bulk([pk for pk, _total, _code in rows])
        return [(found[pk], total, code or "") for pk, total, code in rows]

    @cached_property
    def place(self) -> str:
        """Return the name of the place that is counted, or an empty text."""
        return BOOKED_LOCATIONS.describe(self.user, text) if (text := self.request.GET.get("place", "")) else ""

    @property
    def hides_expected(self) -> bool:
        return "blind" in self.request.GET

    def list_sheets(self) -> list[Sheet]:
        """Return the open sheets with their progress, the last one first."""
        rows = Sheet.objects.for_user(self.user).filter(state=SheetState.OPEN).select_related("location")
        return attach_progress(list(rows.order_by("-id")[:MAX_SHEETS]))

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        where = self.place or CATEGORIES.find_name(self.user, self.request.GET.get("category", ""))
        return {
            "sheets": [] if self.has_given_lines else self.list_sheets(),
            "uses_sheets": list_uses(self.user)["sheets"] or not self.counts_alone,
            "may_enter": may(self.user, Right.ENTER_COUNTS),
            "may_compare": may(self.user, Right.SEE_COUNTS),
            "may_open_sheet": may(self.user, Right.DECIDE_COUNTS),
            "places": BOOKED_LOCATIONS.list_choices(self.user),
            "categories": CATEGORIES.list_choices(self.user),
            "where": where if self.counts_alone else "",
            "hides_expected": self.hides_expected,
            "is_cut": len(form.lines) == MAX_LISTED,
        }

    def send(self, form: TaskForm) -> HttpResponse:
        """Show the differences, or book them if the form is the one below the differences."""
        if BOOK in self.request.POST:
            return super().send(form)
        if not form.sent and not form.is_wrong:
            form.add_error(None, _("Nothing is counted yet."))
        return self.show(form, 400) if form.is_wrong else self.review(form)

    def review(self, form: TaskForm) -> HttpResponse:
        """Show the differences from the present stock. The API computes them again when it books the count."""
        lines = [line.values for line in form.sent]
        ids = {line["product"] for line in lines}
        products = Product.objects.for_user(self.user).in_bulk(ids)
        held: dict[int, list[Holding]] = {pk: [] for pk in ids}
        for row in Holding.objects.for_user(self.user).filter(product__in=ids).select_related("location", "lot"):
            held[row.product_id].append(row)
        nowhere = None if BOOKED_LOCATIONS.has_name(self.user, NO_LOCATION) else NO_LOCATION
        rows = [compare(line, products[line["product"]], held[line["product"]], nowhere) for line in lines]
        reviewed: dict[str, Any] = {"rows": [row for row in rows if row["difference"]], "number": len(rows)}
        if may(self.user, Right.SEE_COSTS):
            display = Display.of(self.user)
            reviewed["value"] = display.money(sum((row["value"] for row in rows), Decimal(0)))
            for row in reviewed["rows"]:
                row["value"] = display.money(row["value"])
        return self.render(form, "shop/review.html", {"reviewed": reviewed, "button": gettext_lazy("Save the count")})

    def say(self, form: TaskForm, data: Any) -> str:
        """Return how many differences were booked, and how many counts have changed nothing because they are old."""
        number = sum(1 for line in data["lines"] if line["difference"])
        said = fill_plural(
            "Counted: {number:,} difference is saved.", "Counted: {number:,} differences are saved.", number
        )
        if not data["operation"]:
            said = _("Counted: nothing differs.")
        if outdated := sum(1 for line in data["lines"] if line["outdated"]):
            overtaken = fill_plural(
                "{number:,} count changed nothing, because a later count of the same goods is saved already.",
                "{number:,} counts changed nothing, because later counts of the same goods are saved already.",
                outdated,
            )
            return f"{said} {overtaken}" if data["operation"] else overtaken
        return said

    def find_next(self, data: Any) -> str:
        address = super().find_next(data)
        if address == self.request.path and data["operation"]:
            return reverse("operation-detail", args=[data["operation"]])
        return address


def compare(line: dict[str, Any], product: Product, held: list[Holding], nowhere: str | None) -> dict[str, Any]:
    """Return a row of the table of differences. A line with a place or a lot is compared with what is held there.

    The location `nowhere`, if this is a text, is compared with what is not held.
    """
    expected = product.quantity
    if nowhere and line.get("location") == nowhere:
        expected -= product.held
    elif "location" in line or "lot" in line:
        expected = sum(row.quantity for row in held if is_at(row, line))
    difference = line["counted"] - expected
    shown = {
        name: write_shown(Goods(number, product.decimals, product.unit), form)
        for name, number, form in (
            ("expected", expected, ","),
            ("counted", line["counted"], ","),
            ("difference", difference, "+,"),
        )
    }  # fmt: skip
    unit_value = find_unit_value(product.quantity, product.stock_value, product.cost_price, product.decimals)
    value = round(difference * unit_value, 2) + 0  # 0 makes -0.00 positive
    return {**shown, "name": product.name, "difference": difference and shown["difference"], "value": value}


def is_at(row: Holding, line: dict[str, Any]) -> bool:
    names = {"location": row.location.name if row.location else "", "lot": row.lot.code if row.lot else ""}
    return all(fold_case(names[name]) == fold_case(line[name]) for name in names if name in line)
