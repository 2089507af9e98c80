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
from core.pages.context import get_error_code
from core.pages.form_fields import Field
from core.pages.mixin import make_form_key
from core.pages.tabs import Tab
from core.pages.wording import reword
from core.sentences import Goods, fill, fill_plural, write_number
from products.models import Product
from stock.booking.drafts import NO_LOCATION
from stock.levels.look_ups import NO_PLACE
from stock.levels.reports import REFILL
from stock.models import Location
from users.reading import shows
from web.task_pages.book_page import GIVEN, HOW_MUCH, LinesPage
from web.task_pages.task_form import SAID, Line, TaskForm, Values

MAX_LISTED = 500  # the most lines of the page
TICKED = Field(gettext_lazy("Taken"), FLAG)
Pair = tuple[str, str]  # the texts of the source and of the place


@dataclass(frozen=True)
class SourceList:
    """What is taken from one source: its lines, each with its number in the form and the name of its place."""

    name: str
    lines: list[tuple[int, Line, str]]


class RefillPage(LinesPage):
    """Moves the ticked lines, each pair of places by a transfer. What is refused stays, with its number."""

    title, button = gettext_lazy("Refill"), gettext_lazy("Move these")
    hint = gettext_lazy("Tick what you have taken, or scan it. Numbers can be changed.")
    wrong_fields = gettext_lazy("These lines were not moved. What is wrong is beside them.")
    route, template_name = "transfers", "levels/refill.html"
    tab = Tab(covers=("/shop/levels/",), is_offered=shows("levels"))
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
        """Return a line for each row of which something is there."""
        found = Product.objects.for_user(self.user).in_bulk([row["product"] for row in self.rows])
        return [self.make_refill_line(row, found[row["product"]]) for row in self.rows if row["suggested"]]

    def make_refill_line(self, row: Values, product: Product) -> Line:
        line = self.make_line(product, row["suggested"], source=row["from"], target=str(row["location"]))
        here, fill_to, there = (Goods(row[name], product.decimals) for name in ("here", "fill_to", "there"))
        said = fill("{place}: {here:,} of {fill_to:,}", place=row["location_name"], here=here, fill_to=fill_to)
        source = row["from_name"] or self.names[NO_LOCATION]
        line["quantity"].note = f"{said} \N{MIDDLE DOT} {source}: {write_number(there)}"
        return line

    @cached_property
    def names(self) -> dict[str, str]:
        """Return the names of the places by their ids."""
        rows = Location.objects.for_user(self.user).values_list("pk", "name")
        return {str(pk): name for pk, name in rows} | {NO_LOCATION: _(NO_PLACE)}

    def get_context(self, form: TaskForm) -> Values:
        lines = [(number, line, self.names.get(line.texts["target"], "")) for number, line in enumerate(form.lines)]
        parts = groupby(lines, lambda one: one[1].texts["source"])
        without = sorted({row["location_name"] for row in self.rows if not row["from"]})
        short = sum(1 for row in self.rows if row["suggested"] == 0)
        return {
            "lists": [SourceList(self.names.get(source, ""), [*part]) for source, part in parts],
            "short": fill_plural(
                "Of {number:,} product nothing is there.", "Of {number:,} products nothing is there.", short
            ) if short else "",
            "without": ", ".join(without), "is_cut": len(self.rows) == MAX_LISTED, "is_answer": self.has_moved,
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
        for number, (pair, lines) in enumerate(pairs.items()):
            answer, moved = self.move(form, pair, lines, f"{form.key}-{number}" if number else form.key)
            self.said = self.say_moved(pair, moved)
            if number == len(pairs) - 1 and not form.is_wrong:
                return self.finish(form, answer)
            if moved:
                messages.success(self.request, self.said, extra_tags=self.find_undo(answer.data))
                form.lines = [line for line in form.lines if line not in moved]
                self.has_moved = True
        form.key = make_form_key()
        return self.show(form, 400)

    def move(self, form: TaskForm, pair: Pair, lines: list[Line], key: str) -> tuple[Answer, list[Line]]:
        """Move the lines, or those that the API does not refuse. Show what it refuses, and return what was moved.

        The second request has the key of the first, so that a form that arrives twice moves nothing twice.
        """
        answer = self.call_transfer(pair, lines, key)
        wrong = {one["line"]: one for one in answer.data.get("lines", ())} if not answer.is_success else {}
        if wrong:  # the others are moved
            form.show_refused_lines([{**one, "line": form.sent.index(lines[at])} for at, one in wrong.items()])
            lines = [line for at, line in enumerate(lines) if at not in wrong]
            answer = self.call_transfer(pair, lines, key) if lines else answer
        if not answer.is_success and lines:
            said = SAID.get(get_error_code(answer.data)) or reword(answer.data.get("detail", ""))
            form.add_error(None, f"{' → '.join(self.names.get(one, '') for one in pair)}: {said}")
        return answer, lines if answer.is_success else []

    def call_transfer(self, pair: Pair, lines: Iterable[Line], key: str) -> Answer:
        source, target = (None if one == NO_LOCATION else int(one) if one.isdecimal() else one for one in pair)
        sent = [{name: line.values[name] for name in ("product", "quantity") if name in line.values} for line in lines]
        return call_api(self.request, self.route, {"from": source, "to": target, "lines": sent}, key=key)

    # --- After success ------------------------------------------------------------------------------------

    said, has_moved = "", False

    def say_moved(self, pair: Pair, lines: list[Line]) -> str:
        source, target = (self.names.get(one, "") for one in pair)
        what = fill_plural("{number:,} line", "{number:,} lines", len(lines))
        return fill("Moved {what}: {source} → {target}.", what=what, source=source, target=target)

    def say(self, form: TaskForm, data: Any) -> str:
        return self.said

    def find_next(self, data: Any) -> str:
        return self.request.get_full_path()
