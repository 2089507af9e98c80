"""The lists and reports of which a view can be saved, and what a user may see of them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from rest_framework import exceptions, status

from core.files.writers import STANDARD
from core.http.browsers import VIEW_PARAMETER
from core.http.calls import Answer, call_api
from core.http.downloads import FROM_PAGE
from core.lists.parameters import COLUMNS
from core.pages.links import API
from desk.saved.errors import ViewQuery, ViewRowGone
from users.access.permissions import may_send
from web.list_routes import list_routes, read_query

OPEN_VIEW = "_saved"  # the parameter of pages that has the id of the user's view which is open
# A view has no position in its list, and its format is that of who runs it.
NEVER_SAVED = ("format", "csv", "page", "page_size", "cursor", COLUMNS, VIEW_PARAMETER, FROM_PAGE, OPEN_VIEW)
OWN_FIELD = "field."  # begins the names of the filters by own fields, which refuse choices that are gone
PASSED_ON = (status.HTTP_429_TOO_MANY_REQUESTS, status.HTTP_503_SERVICE_UNAVAILABLE)


def list_open(user: Any) -> list[str]:
    """Return the addresses of the lists and reports that the user may see now."""
    return [address for address, route in list_routes().items() if may_send(user, route.name, "GET")]


def run_route(request: HttpRequest, address: str, query: str, *, is_kept: bool = False) -> Answer:
    """Return the answer of the list to the user of the request. Raise PermissionDenied (403) or ViewQuery (400).

    If the query `is_kept`, raise ViewRowGone (409) if nothing is shown because something that it names is gone.
    """
    route = list_routes().get(address)
    if route is None:
        raise ViewQuery(error={}, status=status.HTTP_404_NOT_FOUND)
    answer = call_api(request, route.name, method="GET", query=read_query(query))
    code = answer.response.status_code
    context = getattr(answer.response, "renderer_context", {})
    is_refused = code == status.HTTP_400_BAD_REQUEST
    if is_kept and (is_refused or (answer.is_success and is_empty(route.page, answer.data))):
        gone = find_gone(context["view"], context["request"], OWN_FIELD if is_refused else "")
        if gone:
            raise ViewRowGone(parameter=gone)
    if code == status.HTTP_403_FORBIDDEN:
        raise exceptions.PermissionDenied(answer.data["detail"])
    if code in PASSED_ON:
        raise exceptions.Throttled()
    if not answer.is_success:
        raise ViewQuery(error=answer.data, status=code)
    return answer


def is_empty(page: Any, data: Any) -> bool:
    """Return whether the list has no rows, or no table of the report has any."""
    if sections := getattr(page, "sections", ()):
        return not any(data.get(section.field) for section in sections)
    return not (data["results"] if isinstance(data, dict) else data)


def find_gone(view: Any, request: Any, prefix: str = "") -> str:
    """Return the parameter of a request that names a row or a value which the shop has no longer, or ""."""
    if report := getattr(view, "report", None):
        named = {
            "tag": list_routes()["products"].view.filters["tag"],
            **{one.name: one.look_up for one in report.parameters if one.look_up},
        }
    elif filters := view.filterset_class:
        found = filters(request.query_params, view.get_queryset(), request=request).filters
        named = {name: getattr(one, "look_up", None) or one for name, one in found.items()}
    else:
        return ""
    one: Any
    for name, texts in request.query_params.lists():
        one = named.get(name) if name.startswith(prefix) else None
        if hasattr(one, "is_gone") and any(text and one.is_gone(request.user, text) for text in texts):
            return str(name)
    return ""


def list_columns(request: HttpRequest, address: str) -> list[str]:
    """Return the names of the columns of the list: those of its page, and then the further ones of its files."""
    route = list_routes()[address]
    if report := getattr(route.view, "report", None):
        return [column.name for column in report.columns if column.only in ("", "page", "files")]
    names = [column.name for column in route.page.columns]
    if route.file_route:
        answer = call_api(request, route.file_route, method="GET", query={"format": "csv", "csv": STANDARD})
        if answer.is_success:
            names += read_header(answer.response)
    return list(dict.fromkeys(names))


def read_header(response: Any) -> list[str]:
    """Return the names in the first line of a file, of which no more is read. Its end would end the request, too."""
    first = next(iter(response.streaming_content), b"")
    return first.decode().partition("\n")[0].strip().split(",")


def build_address(address: str, query: str, columns: Sequence[str] | None) -> str:
    """Return the address of the list with the filters and the columns of a view."""
    chosen = [(COLUMNS, ",".join(columns))] if columns else []
    return f"{API}{address}/?{urlencode([*read_query(query), *chosen], safe=',')}".rstrip("?")


def open_address(pk: int, address: str, query: str, columns: Sequence[str] | None) -> str:
    """Return the address of the list with a view of the user, which the page can then save and change."""
    plain = build_address(address, query, columns)
    return f"{plain}{'&' if '?' in plain else '?'}{OPEN_VIEW}={pk}"
