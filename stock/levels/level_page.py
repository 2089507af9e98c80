"""The page that changes the levels of a place, with a line for each product."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.kinds import AMOUNT, HIDDEN
from core.pages.cells import Texts
from core.pages.form_fields import Field
from core.texts.folding import NameKey
from products.look_ups import PRODUCTS
from stock.levels.reading import select_levels, show_level
from stock.models import Location
from web.task_pages.book_page import WHICH
from web.task_pages.task_form import TaskForm, Values
from web.task_pages.task_page import TaskPage

MAX_SHOWN = 200  # the most present levels that the form lists, as the hint says
CELLS = ("product", "low_at", "fill_to")


class LevelsPage(TaskPage):
    """Sends only the lines that its user has changed, so it does not undo what somebody else has changed meanwhile."""

    title, button = gettext_lazy("Change levels"), gettext_lazy("Save")
    hint = gettext_lazy(
        "A product is low at the place if this much or less lies there. Two empty amounts: no level."
        " The first 200 levels are listed; add a line to change others."
    )
    done = gettext_lazy("Saved {name}.")
    route = next_page = "location-levels"
    method, takes_key, has_camera = "PUT", False, True
    columns = {
        "product": WHICH,
        "low_at": Field(gettext_lazy("Low at"), AMOUNT).replace(empty=None),
        "fill_to": Field(gettext_lazy("Fill to"), AMOUNT).replace(empty=None),
        "shown": Field("", HIDDEN),
    }

    @cached_property
    def location(self) -> Location:
        """Return the live location whose id is in the address. Raise Http404."""
        return get_object_or_404(Location.objects.for_user(self.user).live(), pk=self.kwargs["pk"])

    def make_form(self) -> TaskForm:
        rows = select_levels(self.user).filter(location=self.location).order_by(NameKey("product__name"), "id")
        lines = []
        for row in rows[:MAX_SHOWN]:
            shown = {**show_level(row), "product": PRODUCTS.write(row.product)}
            texts = {name: self.own_columns[name].write(shown[name]) for name in CELLS}
            lines.append({**texts, "shown": write_shown(texts)})
        return self.fill_form({}, lines)

    def is_sent(self, line: Texts) -> bool:
        return bool(line["product"].strip()) and write_shown(line) != line["shown"]

    def make_body(self, form: TaskForm) -> Values:
        lines = [{name: line.values[name] for name in CELLS} for line in form.sent]
        return {"lines": lines}

    def get_context(self, form: TaskForm) -> Values:
        return {"title": f"{self.title}: {self.location.name}"}

    def say(self, form: TaskForm, data: Any) -> str:
        return super().say(form, {"name": self.location.name})


def write_shown(line: Texts) -> str:
    return "|".join(line[name].strip() for name in CELLS)
