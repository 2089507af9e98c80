"""What a page needs beside the data: its table or details, and whether the JSON is shown first."""

from typing import Any

from core.pages.details import DetailPage
from core.pages.display import Display
from core.pages.tables import TablePage, sortable_fields

VIEW_PARAMETER = VIEW_COOKIE = "_view"  # parameters that begin with _ are unknown to the API, and ignored
JSON, PAGE = "json", "page"
COOKIE_SECONDS = 365 * 24 * 3600


def page_context(view: Any, request: Any, response: Any, data: Any) -> dict[str, Any]:
    """Return the template variables of the page that the view describes for its action; none if it describes none."""
    page = find_page(view)
    if page is None or request.method != "GET" or response.status_code != 200:
        return {}
    display = Display.of(request.user)
    context = {"page": page, "shows_json": choose_view(request, response) == JSON, "switch": switch_address(request)}
    if isinstance(page, TablePage):
        rows = data["results"] if isinstance(data, dict) else data
        return {**context, "table": page.table(rows, display), "heads": page.heads(request, sortable_fields(view))}
    return {**context, "name": page.heading(data), "cells": page.cells(data, display)}


def find_page(view: Any) -> TablePage | DetailPage | None:
    """Return the page of the view's action, or of a view without actions."""
    pages = getattr(view, "pages", {})
    found: TablePage | DetailPage | None = pages.get(getattr(view, "action", None) or "get")
    return found


def choose_view(request: Any, response: Any) -> str:
    """Return JSON or PAGE: what the address asks for, which is then remembered, else what is remembered."""
    chosen = request.query_params.get(VIEW_PARAMETER)
    if chosen in (JSON, PAGE):
        response.set_cookie(VIEW_COOKIE, chosen, max_age=COOKIE_SECONDS, samesite="Lax", httponly=True)
        return str(chosen)
    return JSON if request.COOKIES.get(VIEW_COOKIE) == JSON else PAGE


def switch_address(request: Any) -> dict[str, str]:
    """Return the addresses of this page in both views."""
    addresses = {}
    for view in (JSON, PAGE):
        query = request.query_params.copy()
        query[VIEW_PARAMETER] = view
        addresses[view] = f"?{query.urlencode()}"
    return addresses
