"""The pages of a sheet's differences, on which owners book them or ask for a recount."""

import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from core.http.calls import call_api
from core.kinds import HIDDEN, parse_id, read_number
from core.pages.columns import Display, list_shown, make_cells
from core.pages.form_fields import Field
from core.pages.links import PageLink
from core.pages.tables import Table, plain_head
from core.sentences import fill, fill_plural, write_number
from products.models import Product
from trade.sheets.booking import read_states
from trade.sheets.models import LineState, Sheet, SheetState
from trade.sheets.pages import DIFFERENCES, name_places
from trade.sheets.reading import list_to_print
from users.access.permissions import may_send
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

MAX_SHOWN = 300  # the most differences of a table; the others can be booked together with them
FIRST, *OTHERS = DIFFERENCES.columns
COLUMNS = (replace(FIRST, marks=()), *OTHERS)  # the tables' titles replace the mark
MAX_LEFT_NAMED = 10
DIFFERENCE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
CHOICES = (PageLink("Save", ""),)  # It makes the rows of the table selectable.
CHOOSE_FIRST = gettext_lazy("Choose products first.")
WITHIN, CHOSEN, ALL, ZERO, RECOUNT = "within", "chosen", "all", "zero", "recount"


class DecideSheetPage(TaskPage):
    """Lists the differences, with buttons for those who book them. The pages of these list them too if refused."""

    template_name = "shop/decide_sheet.html"
    route, method = "sheet-differences", "GET"
    title = gettext_lazy("Differences")
    button = gettext_lazy("Save")
    fields = {
        **{name: Field("", HIDDEN) for name in ("expected_entries", "uncounted")},
        **{name: Field("", HIDDEN).replace(max_length=None) for name in ("products", "seen")},  # long lists
    }

    @cached_property
    def sheet(self) -> Any:
        return self.read("sheet-detail")

    @cached_property
    def rows(self) -> Any:
        """Return the differences as the API shows them, those beyond the tolerance first."""
        return self.read("sheet-differences")

    def read(self, route: str) -> Any:
        answer = call_api(self.request, route, method="GET", **self.kwargs)
        if not answer.is_success:
            raise Http404
        return answer.data

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        # The sheet is read before the differences: if an entry is added in between, the API refuses to book.
        sheet, seen = self.sheet, " ".join(f"{pk}:{number}" for pk, number in self.add_differences().items())
        return {
            "sheet": sheet, "is_open": sheet["state"] == SheetState.OPEN, "tables": self.make_tables(), "seen": seen,
            "within_total": len(self.choose(WITHIN)), "may_decide": may_send(self.user, "sheet-book", "POST"),
        }  # fmt: skip

    def make_tables(self) -> list[Table]:
        """Return a table of the differences beyond the tolerance, and one of the others, unless they are empty."""
        titles = ((False, _("Beyond the tolerance")), (True, _("Within the tolerance")))
        groups = [(title, [row for row in self.rows if row["within_tolerance"] == key]) for key, title in titles]
        return [self.make_table(title, rows) for title, rows in groups if rows]

    def make_table(self, title: str, rows: list[Any]) -> Table:
        shown = name_places(self.user, rows[:MAX_SHOWN])
        columns = list_shown(COLUMNS, shown)
        note = fill("These are the {number:,} largest ones.", number=MAX_SHOWN) if len(rows) > MAX_SHOWN else ""
        return Table(
            f"{title}: {write_number(len(rows))}", [plain_head(column) for column in columns],
            make_cells(columns, shown, Display.of(self.user)), "", note, ids=[row["product"] for row in shown],
            choices=CHOICES,
        )  # fmt: skip

    def choose(self, what: str) -> list[int]:
        """Return the ids of the products for which a button of the page books or asks for a recount."""
        if what in (CHOSEN, RECOUNT):
            return [product for text in self.request.POST.getlist("product") if (product := parse_id(text))]
        if what == ZERO:
            return [pk for pk, state in read_states(self.find_sheet()).items() if state == LineState.UNCOUNTED]
        beyond = {row["product"] for row in self.rows if what == WITHIN and not row["within_tolerance"]}
        return list(dict.fromkeys(row["product"] for row in self.rows if row["product"] not in beyond))

    def find_sheet(self) -> Sheet:
        return Sheet.objects.for_user(self.user).select_related("location").get(pk=self.kwargs["pk"])

    def add_differences(self) -> Counter[int]:
        """Return the difference of each product, in all places that were counted."""
        differences = Counter[int]()
        for row in self.rows:
            differences[row["product"]] += row["difference"]
        return differences

    def read_seen(self, form: TaskForm, products: list[int]) -> dict[int, int]:
        """Return the differences of these products that the user has seen, by product."""
        chosen, pairs = set(products), [pair.partition(":") for pair in form.texts["seen"].split()]
        return {
            pk: int(number)
            for text, _colon, number in pairs
            if (pk := parse_id(text)) in chosen and DIFFERENCE.fullmatch(number)
        }

    def find_next(self, data: Any) -> str:
        is_open = data["state"] == SheetState.OPEN
        return self.request.path if is_open else reverse("sheet-detail", args=[self.kwargs["pk"]])


class ReviewSheetPage(DecideSheetPage):
    """Shows what a button of the differences would book. The form of this page books it."""

    route, method = "sheet-book", "POST"

    def send(self, form: TaskForm) -> HttpResponse:
        """Show what the button `what` would book: how many products, and the value of their differences."""
        what = self.request.POST["what"]
        products = self.choose(what)
        if not products:
            form.add_error(None, CHOOSE_FIRST)
            return self.show(form, 400)
        if what != ZERO and (changed := self.name_changed(form, products)):
            names = ", ".join(changed[:MAX_LEFT_NAMED])
            form.add_error(None, fill("These differences have changed since you saw them: {names}.", names=names))
            return self.show(form, 409)
        form.texts |= {"products": " ".join(map(str, products)), "uncounted": ZERO if what == ZERO else ""}
        differing, value = self.value_uncounted(products) if what == ZERO else self.value_differences(products)
        reviewed = {
            "number": len(products),
            "differing": differing,
            "value": Display.of(self.user).money(value),
            "is_zero": what == ZERO,
        }
        return self.render(form, "shop/book_sheet.html", {"sheet": self.sheet, "reviewed": reviewed})

    def name_changed(self, form: TaskForm, products: list[int]) -> list[str]:
        """Return the names of those of these products that differ by another number than the user has seen."""
        now, seen = self.add_differences(), self.read_seen(form, products)
        changed = {pk for pk in products if now[pk] != seen.get(pk)}
        return list(dict.fromkeys(row["name"] for row in self.rows if row["product"] in changed))

    def value_differences(self, products: list[int]) -> tuple[int, Decimal]:
        chosen = set(products)
        rows = [row for row in self.rows if row["product"] in chosen]
        differing = {row["product"] for row in rows if row["difference"]}
        return len(differing), sum((Decimal(row["value"]) for row in rows), Decimal(0))

    def value_uncounted(self, products: list[int]) -> tuple[int, Decimal]:
        """Return how many of the products are in stock, and the value that a count of 0 takes from them."""
        rows = list_to_print(self.find_sheet())
        chosen, stock = set(products), {row["product"]: int(row["quantity"] * 10 ** row["decimals"]) for row in rows}
        found = Product.objects.for_user(self.user).filter(pk__in=chosen).exclude(quantity=0)
        values = [-stock[row.pk] * row.stock_value / row.quantity for row in found if stock.get(row.pk)]
        return len(values), round(sum(values, Decimal(0)), 2)


class BookSheetPage(DecideSheetPage):
    """Books what the user has confirmed."""

    route, method = "sheet-book", "POST"

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        products = [pk for text in form.texts["products"].split() if (pk := parse_id(text))]
        return {
            "products": products,
            "uncounted": "zero" if form.texts["uncounted"] == ZERO else "leave",
            "expected_entries": read_number(form.texts["expected_entries"]),
            "expected_differences": [
                {"product": pk, "difference": number} for pk, number in self.read_seen(form, products).items()
            ],
        }

    def say(self, form: TaskForm, data: Any) -> str:
        said = [fill_plural("Saved {number:,} product.", "Saved {number:,} products.", data["booked"])]
        if left := data["left"]:
            said.append(fill("{number:,} not saved.", number=len(left)))
        products = Product.objects.for_user(self.user).filter(pk__in=[row["product"] for row in left])
        names = dict(products.values_list("pk", "name"))
        return " ".join([*said, *(f"{names[row['product']]}: {row['detail']}" for row in left[:MAX_LEFT_NAMED])])


class RecountSheetPage(DecideSheetPage):
    """Asks for a recount of the chosen products."""

    route, method = "sheet-recount", "POST"

    def send(self, form: TaskForm) -> HttpResponse:
        if not self.choose(RECOUNT):
            form.add_error(None, CHOOSE_FIRST)
        return super().send(form)

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return {"products": self.choose(RECOUNT)}

    def say(self, form: TaskForm, data: Any) -> str:
        return fill_plural(
            "{number:,} product is to be counted again.",
            "{number:,} products are to be counted again.",
            len(self.choose(RECOUNT)),
        )


PAGES = {"": BookSheetPage, RECOUNT: RecountSheetPage}  # by the button of the form; a confirmed form has none


@csrf_exempt
def decide_sheet(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
    """Return the page of the differences or, for a form that was sent, the page of its button."""
    page = PAGES.get(request.POST.get("what", ""), ReviewSheetPage) if request.method == "POST" else DecideSheetPage
    return page.as_view()(request, **kwargs)
