"""The pages of saved views."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.kinds import HIDDEN, HIDDEN_LINES
from core.pages.columns import PageColumn, Row, columns_of, form_column
from core.pages.links import Action, Verb, add, find_form_page, link_to_row, remove, save
from core.pages.tables import DetailPage, TablePage
from core.translation import gettext_noop as _
from desk.saved.mail.services import LAST, MONTH_DAYS, WEEKDAYS
from desk.saved.models import MailFormat, SavedView
from desk.saved.routes import list_routes
from users.access.roles import Right, may

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
    "shared": {"help_text": _("Each reader sees what its own role may see.")},
    "route": {"kind": HIDDEN},
    "query": {"kind": HIDDEN},
    "columns": {"kind": HIDDEN_LINES},
    "mail.days": {"label": _("Mail it every"), "help_text": _("To your own address; no mail if no day is chosen.")},
    "mail.hour": {"label": _("At"), "help_text": _("In the time zone of the shop.")},
    "mail.format": {
        "label": _("File in the mail"), "choices": FORMATS, "is_rare": True,
        "help_text": _("The text of each mail has the first 20 rows."),
    },
    "mail.when_empty": {"label": _("Also if there are no rows"), "is_rare": True, "help_text": ""},
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
MAIL = PageColumn("mail", "Mail", is_optional=True, write=say_mail)


def add_forms(user: Any, views: Sequence[Row]) -> Sequence[Row]:
    """Return the views, those of the user with the addresses of their forms."""
    addresses = [reverse("view-detail", args=[view["id"]]) for view in views]
    return [
        {**view, "edit_form": find_form_page(address), "remove_form": find_form_page(address, "DELETE")}
        if view["user"] == user.get_username() and may(user, Right.SAVE_VIEWS)
        else view
        for view, address in zip(views, addresses, strict=True)
    ]


VIEWS = TablePage(
    (
        view_column("name", page="view-run"), LIST, SHARED, MAIL, view_column("user"),
        view_column("created_at", kind="moment"),
        form_column("edit_form", "Edit"), form_column("remove_form", "Delete"),
    ),
    empty="No views yet. Open a list, set its filters, and save it as a view.", extend=add_forms,
)  # fmt: skip
VIEW: Any = DetailPage(
    "name",
    (
        LIST,
        view_column("query"),
        view_column("columns", write=lambda row: ", ".join(row["columns"] or ())),
        SHARED,
        MAIL,
        view_column("user"),
        view_column("created_at", kind="moment"),
    ),
    actions=(
        Action("Open", link_to_row("view-run"), style="primary"),
        Action("Edit", form="PUT"),
        Action("Delete", form="DELETE"),
    ),
)
