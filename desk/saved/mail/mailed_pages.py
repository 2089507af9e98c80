"""What the mail of a view has: the first rows as text, and the file. It is read by the API as the view's user."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from core.files.writers import CONTENT_TYPE
from core.http.calls import Answer, call_api, make_request
from core.http.downloads import FROM_PAGE, WorkbookTooLong
from core.lists.parameters import COLUMNS
from core.pages.columns import Display, list_shown, make_cells
from core.pages.context import NOT_OF_FILES
from desk.saved.errors import ViewQuery
from desk.saved.models import MailFormat, SavedView
from desk.saved.routes import SavedRoute, list_routes, read_query, run_route
from users.models import User
from web.view_bases import FIELDS

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

    @property
    def is_empty(self) -> bool:
        return not self.tables


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
    data = run_route(request, view.route, urlencode(query)).data
    tables = [table for table in write_tables(user, view, route, data) if table.lines]
    if view.mail_format == MailFormat.TEXT or not (tables or view.mail_when_empty):
        return Content(tables, None, is_too_large=False)
    file = read_file(request, view, route)
    return Content(tables, file, is_too_large=file is None)


def write_tables(user: User, view: SavedView, route: SavedRoute, data: Any) -> list[TextTable]:
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


def read_file(request: Any, view: SavedView, route: SavedRoute) -> bytes | None:
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


def call_file(request: Any, route: SavedRoute, query: Any) -> Answer:
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
