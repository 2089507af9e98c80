"""The lists and reports that have a page, by their addresses."""

from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from django.urls import NoReverseMatch, reverse

from core.pages.browsable import get_view_name
from core.pages.links import API
from core.pages.tables import TablePage
from users.access.permissions import list_api_views


class ListRoute(NamedTuple):
    name: str  # the name of the route
    view: Any
    page: Any

    @property
    def title(self) -> str:
        return get_view_name(self.view)

    @property
    def file_route(self) -> str:
        """Return the name of the route of its files, or an empty text if it has none."""
        return self.name if self.page.has_csv else getattr(self.page, "file_page", "")


@cache
def list_routes() -> dict[str, ListRoute]:
    """Return the lists and the reports that have a page, by their addresses below /api/ without slashes at the ends."""
    found = {}
    for name, function in list_api_views():
        view = function.cls(**function.initkwargs)
        page = view.pages.get((getattr(function, "actions", None) or {}).get("get", "get"))
        if isinstance(page, TablePage) or getattr(page, "has_csv", False):
            try:
                found[reverse(name).removeprefix(API).strip("/")] = ListRoute(name, view, page)
            except NoReverseMatch:
                continue  # the list of a single row, whose address has the id of the row
    return found


def read_query(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)
