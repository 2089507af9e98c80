"""The pages of saved views."""

from typing import Any

from django.utils.translation import gettext

from core.kinds import CHOICES
from core.pages.columns import Row, columns_of
from core.pages.links import Action, Verb, add, link_to_row, remove, save
from core.pages.tables import DetailPage, TablePage
from core.translation import gettext_noop as _
from desk.saved.mail.services import LAST, MONTH_DAYS, WEEKDAYS
from desk.saved.models import MailFormat, SavedView
from desk.saved.routes import list_routes

DAY_NAMES = _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")
VERBS: dict[str, Verb] = {
    "create": add("Save this view", "view-detail"), "update": save(),
    "destroy": remove("Delete", "Deleted the view. What it showed stays."),
}  # fmt: skip
DAYS = dict(zip(WEEKDAYS, DAY_NAMES, strict=True)) | {day: day for day in MONTH_DAYS} | {LAST: _("last day")}
FORMATS = (
    ("", ""), (MailFormat.XLSX.value, "Excel"), (MailFormat.CSV.value, "CSV"), (MailFormat.TEXT.value, _("no file")),
)  # fmt: skip
FORM_FIELDS: dict[str, dict[str, Any]] = {
    "name": {"attrs": {"autofocus": True}},
    "shared": {"help_text": "Each reader sees what its own role may see."},
    "route": {"is_rare": True},
    "query": {"is_rare": True, "help_text": "The part of the list's address after the question mark."},
    "columns": {"is_rare": True, "help_text": "One name in each line; all columns if it is empty."},
    "mail.days": {
        "label": "Mail it on", "kind": CHOICES, "choices": list(DAYS.items()), "is_rare": True,
        "is_needed": False,
        "help_text": "Days of the week, and days of the month. To your own address; no mail if none is chosen.",
    },
    "mail.hour": {"label": "At this hour", "is_rare": True, "help_text": "In the time zone of the shop."},
    "mail.format": {
        "label": "File in the mail", "choices": FORMATS, "is_rare": True,
        "help_text": "The text of each mail has the first 20 rows.",
    },
    "mail.when_empty": {"label": "Also if there are no rows", "is_rare": True, "help_text": ""},
}  # fmt: skip


def name_list(row: Row) -> str:
    route = list_routes().get(row["route"])
    return route.title if route else str(row["route"])


def say_mail(row: Row) -> str:
    """Return the days and the hour of the mail: "Monday, 1, 07:00"."""
    mail = row["mail"]
    return ", ".join([*(gettext(DAYS[day]) for day in mail["days"]), f"{mail['hour']:02}:00"]) if mail else ""


view_column = columns_of(SavedView)
LIST = view_column("route", write=name_list)
SHARED = view_column("shared", kind="flag")
VIEWS = TablePage(
    (view_column("name", page="view-run"), LIST, SHARED, view_column("user"), view_column("created_at", kind="moment")),
    empty="No views yet. Open a list, set its filters, and save it as a view.",
)
VIEW: Any = DetailPage(
    "name",
    (
        LIST,
        view_column("query"),
        view_column("columns", write=lambda row: ", ".join(row["columns"] or ())),
        SHARED,
        view_column("mail", write=say_mail),
        view_column("user"),
        view_column("created_at", kind="moment"),
    ),
    actions=(
        Action("Open", link_to_row("view-run"), style="primary"),
        Action("Edit", form="PUT"),
        Action("Delete", form="DELETE"),
    ),
)
