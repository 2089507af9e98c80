"""The page that moves what is low to its places: a list for each source, whose ticked lines are moved."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.http.calls import Answer, call_api
from core.kinds import FLAG, HIDDEN
from core.pages.cells import Texts
from core.pages.context import get_error_code
from core.pages.form_fields import Field
from core.pages.mixin import make_form_key
from core.pages.tabs import Tab
from core.pages.wording import reword
from core.sentences import Goods, fill, fill_plural, write_number
from products.models import Product
from stock.levels.look_ups import NO_PLACE
from stock.levels.reports import REFILL
from users.reading import shows
from web.task_pages.book_page import GIVEN, HOW_MUCH, LinesPage
from web.task_pages.task_form import SAID, Line, TaskForm, Values

MAX_LISTED = 500  # the most lines of the page
PLACE = Field("", HIDDEN)  # its name, or an empty text for no place
Pair = tuple[str, str]  # the names of the source and of the place


class RefillPage(LinesPage):
    """Moves the ticked lines, each pair of places by a transfer. What is refused stays, with its number."""

    title, button = gettext_lazy("Refill"), gettext_lazy("Move these")
    hint = gettext_lazy("Tick what you have taken, or scan it. Numbers can be changed.")
    wrong_fields = gettext_lazy("These lines were not moved. What is wrong is beside them.")
    route, template_name = "transfers", "levels/refill.html"
    tab = Tab(covers=("/shop/levels/",), is_offered=shows("levels"), behind="location-list")
    has_camera = True
    columns = {"product": GIVEN, "from": PLACE, "to": PLACE, "quantity": HOW_MUCH, "ticked": Field("", FLAG)}
    given_cells = ("from", "to", "product")

    # --- What it lists ------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> list[Values]:
        """Return what is low, at the place and from the source that the address names, if it does. Raise Http404."""
        try:
            values = REFILL.read_parameters(Request(self.request))
        except ValidationError as error:
            raise Http404 from error
        return REFILL.make_statement({"owner": self.user.account_id, **values}).fetch_rows(MAX_LISTED)

    def list_given_lines(self) -> list[Line]:
        """Return a line for each row of which something is there."""
        found = Product.objects.for_user(self.user).in_bulk([row["product"] for row in self.rows])
        return [self.make_refill_line(row, found[row["product"]]) for row in self.rows if row["suggested"]]

    def make_refill_line(self, row: Values, product: Product) -> Line:
        source, target = row["from_name"] or "", row["location_name"]
        line = self.make_line(product, row["suggested"], **{"from": source, "to": target})
        here, fill_to, there = (Goods(row[name], product.decimals) for name in ("here", "fill_to", "there"))
        said = fill("{place}: {here:,} of {fill_to:,}", place=target, here=here, fill_to=fill_to)
        line["quantity"].note = f"{said} \N{MIDDLE DOT} {name_place(source)}: {write_number(there)}"
        return line

    def get_context(self, form: TaskForm) -> Values:
        parts = groupby(enumerate(form.lines), lambda one: one[1].texts["from"])
        return {
            "lists": [(name_place(source), [*part]) for source, part in parts],
            "short": any(row["suggested"] == 0 for row in self.rows),
            "without": ", ".join(sorted({row["location_name"] for row in self.rows if not row["from"]})),
            "is_cut": len(self.rows) == MAX_LISTED,
            "is_answer": self.has_moved,
        }

    # --- What it sends ------------------------------------------------------------------------------------

    def read_column(self, name: str) -> list[str]:
        """Return the texts of the cells. Browsers send only the boxes that are ticked, each with its line."""
        if name != "ticked":
            return super().read_column(name)
        ticked = {*super().read_column(name)}
        lines = zip(*map(super().read_column, self.given_cells), strict=False)
        return ["true" if "|".join(line) in ticked else "" for line in lines]

    def is_sent(self, line: Texts) -> bool:
        return bool(line["ticked"])

    def send(self, form: TaskForm) -> HttpResponse:
        if not form.sent and not form.is_wrong:
            form.add_error(None, _("Nothing is ticked."))
        if form.is_wrong:
            return self.show(form, 400)
        pairs: dict[Pair, list[Line]] = {}
        for line in form.sent:
            pairs.setdefault((line.texts["from"], line.texts["to"]), []).append(line)
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
        refused = [] if answer.is_success else answer.data.get("lines", [])
        if refused:
            form.show_refused_lines({**one, "line": form.sent.index(lines[one["line"]])} for one in refused)
            lines = [line for at, line in enumerate(lines) if at not in {one["line"] for one in refused}]
            answer = self.call_transfer(pair, lines, key) if lines else answer
        if answer.is_success:
            return answer, lines
        if lines:
            said = SAID.get(get_error_code(answer.data)) or reword(answer.data.get("detail", ""))
            form.add_error(None, f"{' → '.join(map(name_place, pair))}: {said}")
        return answer, []

    def call_transfer(self, pair: Pair, lines: list[Line], key: str) -> Answer:
        sent = [{name: line.values[name] for name in ("product", "quantity") if name in line.values} for line in lines]
        body = {"from": pair[0] or None, "to": pair[1], "lines": sent}
        return call_api(self.request, self.route, body, key=key)

    # --- After success ------------------------------------------------------------------------------------

    said, has_moved = "", False

    def say_moved(self, pair: Pair, lines: list[Line]) -> str:
        what = fill_plural("{number:,} line", "{number:,} lines", len(lines))
        source, target = map(name_place, pair)
        return fill("Moved {what}: {source} → {target}.", what=what, source=source, target=target)

    def say(self, form: TaskForm, data: Any) -> str:
        return self.said

    def find_next(self, data: Any) -> str:
        return self.request.get_full_path()


def name_place(name: str) -> str:
    return name or _(NO_PLACE)
