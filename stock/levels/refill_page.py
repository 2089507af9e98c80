"""The page that moves what is low to its places: a list for each source, whose ticked lines are moved."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request

from core.http.calls import Answer, call_api
from core.kinds import FLAG, HIDDEN
from core.lists.parameters import query_id_or_name
from core.pages.cells import Texts
from core.pages.form_fields import Field
from core.pages.mixin import make_form_key
from core.pages.tabs import Tab
from core.sentences import Goods, fill, fill_plural, write_number
from products.models import Product
from stock.levels.look_ups import NO_PLACE, NOWHERE
from stock.levels.reports import REFILL
from stock.models import Location
from users.reading import shows
from web.task_pages.book_page import GIVEN, HOW_MUCH, LinesPage
from web.task_pages.task_form import Line, TaskForm, Values

MAX_LISTED = 500  # the most lines of the page
TICKED = Field(gettext_lazy("Taken"), FLAG)
Pair = tuple[str, str]  # the texts of the source and of the place


@dataclass(frozen=True)
class SourceList:
    """What is taken from one source: its lines, each with its number in the form."""

    name: str
    lines: list[tuple[int, Line]]


class RefillPage(LinesPage):
    """Moves the ticked lines, each pair of places by a transfer. What is refused stays, with its number."""

    title, button = gettext_lazy("Refill"), gettext_lazy("Move these")
    hint = gettext_lazy("Tick what you have taken, or scan it. Numbers can be changed.")
    route, template_name = "transfers", "levels/refill.html"
    tab = Tab(is_offered=shows("levels"))
    has_camera = True
    columns = {
        "product": GIVEN, "source": Field("", HIDDEN), "target": Field("", HIDDEN), "quantity": HOW_MUCH,
        "ticked": TICKED,
    }  # fmt: skip
    given_cells = ("source", "target", "product")

    # --- What it lists ------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> list[Values]:
        """Return what is low, at the place and from the source that the address names, if it does."""
        request = Request(self.request)
        asked = {name: value for one in ("location", "from") for name, value in query_id_or_name(request, one).items()}
        values = {"owner": self.user.account_id, **dict.fromkeys(("product", "category", "category_name")), **asked}
        return REFILL.make_statement(values).fetch_rows(MAX_LISTED)

    def list_given_lines(self) -> list[Line]:
        found = Product.objects.for_user(self.user).in_bulk([row["product"] for row in self.rows])
        return [self.make_refill_line(row, found[row["product"]]) for row in self.rows if row["from"]]

    def make_refill_line(self, row: Values, product: Product) -> Line:
        line = self.make_line(product, row["suggested"], source=row["from"], target=str(row["location"]))
        here, there = (write_number(Goods(row[name], product.decimals, product.unit)) for name in ("here", "there"))
        line["quantity"].note = fill(_("{here} of {number} here, {there} there"), here=here, there=there,
                                     number=write_number(Goods(row["fill_to"], product.decimals)))  # fmt: skip
        return line

    @cached_property
    def names(self) -> dict[str, str]:
        """Return the names of the places by their ids."""
        rows = Location.objects.for_user(self.user).values_list("pk", "name")
        return {str(pk): name for pk, name in rows} | {NOWHERE: _(NO_PLACE)}

    def get_context(self, form: TaskForm) -> Values:
        for line in form.lines:
            line.place = self.names.get(line.texts["target"], "")
        parts = groupby(enumerate(form.lines), lambda one: one[1].texts["source"])
        without = sorted({row["location_name"] for row in self.rows if not row["from"]})
        return {
            "lists": [SourceList(self.names.get(source, ""), [*lines]) for source, lines in parts],
            "without": ", ".join(without), "is_cut": len(self.rows) == MAX_LISTED,
        }  # fmt: skip

    # --- What it sends ------------------------------------------------------------------------------------

    def read_column(self, name: str) -> list[str]:
        """Return the texts of the cells. Browsers send only the boxes that are ticked, each with its line."""
        if name != "ticked":
            return super().read_column(name)
        lines = zip(*map(super().read_column, self.given_cells), strict=False)
        ticked = set(super().read_column(name))
        return ["true" if " ".join(line) in ticked else "" for line in lines]

    def is_sent(self, line: Texts) -> bool:
        return bool(line["ticked"])

    def send(self, form: TaskForm) -> HttpResponse:
        if not form.sent and not form.is_wrong:
            form.add_error(None, _("Nothing is ticked."))
        if form.is_wrong:
            return self.show(form, 400)
        pairs: dict[Pair, list[Line]] = {}
        for line in form.sent:
            pairs.setdefault((line.texts["source"], line.texts["target"]), []).append(line)
        answers, moved = [], list[tuple[Pair, list[Line]]]()
        for number, (pair, lines) in enumerate(pairs.items()):
            answer, done = self.move(form, pair, lines, f"{form.key}-{number}" if number else form.key)
            answers += [answer]
            moved += [(pair, done)] if done else []
        self.said = " ".join(self.say_moved(pair, done) for pair, done in moved)
        self.is_single = len(moved) == 1
        if not form.is_wrong:
            return self.finish(form, answers[-1])
        gone = [line for _pair, done in moved for line in done]
        form.lines = [line for line in form.lines if line not in gone]
        form.key = make_form_key()
        if self.said:
            messages.success(self.request, self.said)
        return self.show(form, 400)

    def move(self, form: TaskForm, pair: Pair, lines: list[Line], key: str) -> tuple[Answer, list[Line]]:
        """Move the lines, or those that the API does not refuse. Show what it refuses, and return what was moved.

        The second request has the key of the first, so that a form that arrives twice moves nothing twice.
        """
        answer = self.call_transfer(pair, lines, key)
        wrong = {one["line"]: one for one in answer.data.get("lines", ())} if not answer.is_success else {}
        if wrong:
            form.show_refused_lines([{**one, "line": form.sent.index(lines[at])} for at, one in wrong.items()])
            lines = [line for at, line in enumerate(lines) if at not in wrong]
            answer = self.call_transfer(pair, lines, key) if lines else answer
        if not answer.is_success and not (wrong and not lines):
            form.show_refusal(answer.data)
        return answer, lines if answer.is_success else []

    def call_transfer(self, pair: Pair, lines: Iterable[Line], key: str) -> Answer:
        source, target = (None if one == NOWHERE else int(one) if one.isdecimal() else one for one in pair)
        sent = [{name: line.values[name] for name in ("product", "quantity") if name in line.values} for line in lines]
        return call_api(self.request, self.route, {"from": source, "to": target, "lines": sent}, key=key)

    # --- After success ------------------------------------------------------------------------------------

    said, is_single = "", False

    def say_moved(self, pair: Pair, lines: list[Line]) -> str:
        source, target = (self.names.get(one, "") for one in pair)
        what = fill_plural("{number:,} line", "{number:,} lines", len(lines))
        return fill("Moved {what}: {source} → {target}.", what=what, source=source, target=target)

    def say(self, form: TaskForm, data: Any) -> str:
        return self.said

    def find_undo(self, data: Any) -> str:
        return super().find_undo(data) if self.is_single else ""

    def find_next(self, data: Any) -> str:
        return self.request.get_full_path()
