"""The pages of saved views, and the page that the link in the mail of a view opens.

A mail has the first rows as text, and the file. They are read by the API as the view's user.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from core.errors import LinkEnded
from core.files.writers import CONTENT_TYPE
from core.http.calls import Answer, call_api, make_request
from core.http.downloads import FROM_PAGE, WorkbookTooLong
from core.kinds import HIDDEN, HIDDEN_LINES
from core.lists.parameters import COLUMNS
from core.pages.columns import Display, PageColumn, Row, columns_of, form_column, list_shown, make_cells
from core.pages.context import NOT_OF_FILES
from core.pages.links import Action, Verb, add, find_form_page, link_to_row, remove, save
from core.pages.tables import DetailPage, TablePage
from core.translation import gettext_noop as _
from desk.saved.errors import ViewQuery, ViewRowGone
from desk.saved.models import MailFormat, SavedView
from desk.saved.routes import run_route
from desk.saved.services import LAST, MONTH_DAYS, WEEKDAYS, end_mail, find_view_of_link
from users.access.roles import Right, may
from users.models import User
from web.list_routes import ListRoute, list_routes, read_query
from web.view_bases import FIELDS

DAY_NAMES = _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")
VERBS: dict[str, Verb] = {
    "create": add("Save this view", "view-detail"),
    "update": save(),
    "destroy": remove("Delete", "Deleted the view. What it showed stays."),
}
DAYS = dict(zip(WEEKDAYS, DAY_NAMES, strict=True)) | {day: day for day in MONTH_DAYS} | {LAST: _("last day")}
FORMATS = (
    ("", ""), (MailFormat.XLSX.value, "Excel"), (MailFormat.CSV.value, "CSV"), (MailFormat.TEXT.value, _("no file")),
)  # fmt: skip
FORM_FIELDS: dict[str, dict[str, Any]] = {
    "name": {"attrs": {"autofocus": True}},
    "shared": {"help_text": "Each reader sees what its own role may see."},
    "route": {"kind": HIDDEN},
    "query": {"kind": HIDDEN},
    "columns": {"kind": HIDDEN_LINES},
    "mail.days": {"label": "Mail it every", "help_text": "To your own address; no mail if no day is chosen."},
    "mail.hour": {"label": "At", "help_text": "In the time zone of the shop."},
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
MAIL = PageColumn("mail", "Mail", is_optional=True, write=say_mail)


def add_forms(user: Any, views: Sequence[Row]) -> Sequence[Row]:
    """Return the views, those of the user with the addresses of their forms."""
    addresses = [reverse("view-detail", args=[view["id"]]) for view in views]
    return [
        {**view, "edit_form": find_form_page(address), "delete_form": find_form_page(address, "DELETE")}
        if view["user"] == user.get_username() and may(user, Right.SAVE_VIEWS)
        else view
        for view, address in zip(views, addresses, strict=True)
    ]


VIEWS = TablePage(
    (
        view_column("name", page="view-run"), LIST, SHARED, MAIL, view_column("user"),
        view_column("created_at", kind="moment"),
        form_column("edit_form", "Edit"), form_column("delete_form", "Delete"),
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


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class ViewMailOffPage(View):
    """Ends the mail of a view by one POST, which mail programs send without cookies (RFC 8058).

    A GET shows the button.
    """

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        view = find_view_of_link(token)
        if view is None:
            raise LinkEnded
        is_off = request.method == "POST"
        if is_off:
            end_mail(view)
        return render(request, "accounts/view_mail_off.html", {"view_name": view.name, "is_off": is_off})

    post = get


MAX_ROWS = 20  # the most rows in the text of a mail
MAX_FILE_BYTES = 7_000_000  # encoded for a mail, it has a third more; many mail servers take 10 MB
TYPES = {MailFormat.XLSX: CONTENT_TYPE, MailFormat.CSV: "text/csv"}


class TextTable(NamedTuple):
    title: str
    lines: list[str]
    others: int  # the number of further rows, if it is known
    has_more: bool


class Content(NamedTuple):
    tables: list[TextTable]
    file: bytes | None
    is_too_large: bool
    gone: str = ""  # what the mail says in place of the rows if something that the view filters by is gone

    @property
    def is_empty(self) -> bool:
        return not (self.tables or self.gone)


def read_content(user: User, view: SavedView) -> Content:
    """Return the content of the mail, in the active language. Raise PermissionDenied, ViewQuery or Throttled.

    The rights of the user are those of now.
    """
    request = make_request(user)
    route = list_routes().get(view.route)
    if route is None:
        raise ViewQuery(error={}, status=404)
    is_paged = getattr(route.view, "pagination_class", None)
    query = [(name, value) for name, value in read_query(view.query) if name != FIELDS]
    query += [("page_size", str(MAX_ROWS))] if is_paged else []
    try:
        data = run_route(request, view.route, urlencode(query), is_kept=True).data
    except ViewRowGone as error:
        return Content([], None, is_too_large=False, gone=str(error))
    tables = [table for table in write_tables(user, view, route, data) if table.lines]
    if view.mail_format == MailFormat.TEXT or not (tables or view.mail_when_empty):
        return Content(tables, None, is_too_large=False)
    file = read_file(request, view, route)
    return Content(tables, file, is_too_large=file is None)


def write_tables(user: User, view: SavedView, route: ListRoute, data: Any) -> list[TextTable]:
    """Return the tables of the page: the list, or those of a report."""
    if sections := getattr(route.page, "sections", ()):
        shown = route.page.extend(user, data) if route.page.extend else data
        tables = [(section.title, section.columns, shown[section.field], None, None) for section in sections]
    else:
        rows, count, more = data, None, None
        if isinstance(data, dict):
            rows, count, more = data["results"], data.get("count"), data.get("next")
        rows = route.page.extend(user, rows) if route.page.extend else rows
        tables = [("", route.page.columns, rows, count, more)]
    return [write_table(user, view, *table) for table in tables]


def write_table(user: User, view: SavedView, title: str, columns: Any, rows: Any, count: Any, more: Any) -> TextTable:
    by_name = {column.name: replace(column, marks=()) for column in columns if column.kind != "picture"}
    chosen = [by_name[name] for name in view.columns or () if name in by_name]
    chosen = chosen or list_shown(list(by_name.values()), rows)
    shown = rows[:MAX_ROWS]
    cells = make_cells(chosen, shown, Display.of(user))
    lines = [write_line(chosen, row, row_cells) for row, row_cells in zip(shown, cells, strict=True)]
    others = (len(rows) if count is None else count) - len(lines)
    return TextTable(title, lines, others if count is not None or not more else 0, bool(more))


def write_line(columns: Sequence[Any], row: Any, cells: Sequence[Any]) -> str:
    """Return the first value of the row, and the others after their headings. Values that it lacks are left out."""
    first, *others = [cell for column, cell in zip(columns, cells, strict=True) if not column.is_empty(row)]
    return " ".join(", ".join([first.text, *(f"{cell.title}: {cell.text}" for cell in others)]).split())


def read_file(request: Any, view: SavedView, route: ListRoute) -> bytes | None:
    """Return the file as the page gives it, or None if it is too large for a mail."""
    left_out = NOT_OF_FILES if route.file_route != route.name else ()
    query = [(name, value) for name, value in read_query(view.query) if name not in left_out]
    query += [("format", str(view.mail_format)), (FROM_PAGE, "1")]
    answer = call_file(request, route, [*query, (COLUMNS, ",".join(view.columns))] if view.columns else query)
    if not answer.is_success and COLUMNS in answer.data:  # the file has none of these columns
        answer = call_file(request, route, query)
    if answer.is_success:
        return read_limited(answer.response)
    if answer.data.get("code") == WorkbookTooLong.code:
        return None
    raise ViewQuery(error=answer.data, status=answer.response.status_code)


def call_file(request: Any, route: ListRoute, query: Any) -> Answer:
    return call_api(request, route.file_route, method="GET", query=query)


def read_limited(response: Any) -> bytes | None:
    """Return the content of the response, or None if it is too large for a mail."""
    content = bytearray()
    try:
        for piece in response.streaming_content:
            content += piece
            if len(content) > MAX_FILE_BYTES:
                return None
    finally:
        for close in response._resource_closers:  # response.close() would close the database connections, too
            close()
    return bytes(content)
