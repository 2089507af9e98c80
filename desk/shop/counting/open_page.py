"""The page that opens a counting sheet: its name, the products that it lists, and the tolerated differences."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from core.kinds import CHOICE, DATE, MONEY, QUANTITY
from core.pages.cells import Fields
from core.pages.form_fields import Field
from core.sentences import fill_plural
from desk.shop.forms import TaskForm
from desk.shop.task_page import TaskPage
from products.look_ups import CATEGORIES
from stock.places.look_ups import LOCATIONS
from suppliers.look_ups import SUPPLIERS

ALL = gettext_lazy("all")
BLIND = (("yes", gettext_lazy("Owners, managers and viewers")), ("no", gettext_lazy("Everybody who counts")))
SINCE = (
    ("", ALL),
    ("30", gettext_lazy("those not counted for 30 days")),
    ("90", gettext_lazy("those not counted for 90 days")),
    ("365", gettext_lazy("those not counted for a year")),
)


class OpenSheetPage(TaskPage):
    """Opens a sheet, and leads to its page."""

    route = "sheet-list"
    title = button = gettext_lazy("Open a counting list")
    hint = gettext_lazy("Several people count the products of a list, for some days, while the shop sells.")
    next_page = "sheet-detail"
    fields = {
        "name": Field(gettext_lazy("Name"), help_text=gettext_lazy("Such as Teapots, July.")),
        "blind": Field(gettext_lazy("Who sees what is expected and counted"), CHOICE, choices=BLIND, initial="yes",
                       required=True),
        "category": Field(gettext_lazy("Category"), look_up=CATEGORIES, nothing=ALL),
        "supplier": Field(gettext_lazy("Supplier"), look_up=SUPPLIERS, nothing=ALL),
        "location": Field(gettext_lazy("Place"), look_up=LOCATIONS, nothing=ALL),
        "days": Field(gettext_lazy("Products"), CHOICE, choices=SINCE),
        "not_counted_since": Field(gettext_lazy("Not counted since"), DATE, help_text=gettext_lazy("Or choose a day.")),
        "units": Field(gettext_lazy("Tolerated units"), QUANTITY,
                       help_text=gettext_lazy("Differences up to this are saved together, with two clicks.")),
        "percent": Field(gettext_lazy("Tolerated percent"), MONEY,
                         help_text=gettext_lazy("Of what is expected. One of the two is enough.")),
    }  # fmt: skip

    def select(self, fields: Fields) -> Fields:
        """Return the fields, without those that choose a row of which the shop has none."""
        return {
            name: one
            for name, one in super().select(fields).items()
            if one.choices or not one.look_up or one.look_up.get_rows(self.user).exists()
        }

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        values = form.values
        if (days := values.pop("days", "")) in dict(SINCE[1:]):
            since = self.user.shop_today() - timedelta(days=int(days))
            values.setdefault("not_counted_since", since.isoformat())
        select = {name: values.pop(name) for name in ("category", "supplier", "not_counted_since") if name in values}
        tolerance = {name: values.pop(name) for name in ("units", "percent") if name in values}
        blind = values.get("blind") != "no"
        return {"name": "", **values, "blind": blind, "select": select, "tolerance": tolerance or None}

    def say(self, form: TaskForm, data: Any) -> str:
        return fill_plural(
            "Opened {name}: {number:,} product to count.", "Opened {name}: {number:,} products to count.",
            data["lines_total"], name=data["name"],
        )  # fmt: skip
