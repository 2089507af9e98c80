"""The user's choice between a page and its JSON. The parameter `_view` of the address sets it, a cookie stores it."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings

VIEW_PARAMETER = VIEW_COOKIE = "_view"  # the API ignores parameters that begin with _
JSON, PAGE = "json", "page"
PAGE_SIZE_FOR_PEOPLE = 20  # the rows of a table that fit on the screen of a laptop
COOKIE_SECONDS = 365 * 24 * 3600


def is_developer(request: Any) -> bool:
    """Return whether pages show the user what programs use. They don't to people who have not signed in.

    Public routes don't know their users. They are for programs, so their pages show it to everybody.
    """
    is_public = not getattr(request, "authenticators", True)
    return is_public or bool(getattr(getattr(request, "user", None), "developer", False))


def choose_view(request: Any) -> str:
    """Return the view that the address or else the cookie names. Only developers get JSON."""
    if not is_developer(request):
        return PAGE
    chosen = request.query_params.get(VIEW_PARAMETER)
    if chosen in (JSON, PAGE):
        return str(chosen)
    return JSON if request.COOKIES.get(VIEW_COOKIE) == JSON else PAGE


def remember_view(request: Any, response: Any) -> None:
    chosen = request.query_params.get(VIEW_PARAMETER)
    if chosen in (JSON, PAGE):
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(VIEW_COOKIE, chosen, max_age=COOKIE_SECONDS, samesite="Lax", httponly=True, secure=secure)


def is_html_page(request: Any) -> bool:
    return getattr(getattr(request, "accepted_renderer", None), "format", "") == "api"


def is_page_for_people(request: Any) -> bool:
    """Return whether the response is a page that shows a table or details before its JSON."""
    return is_html_page(request) and choose_view(request) == PAGE


def list_view_addresses(request: Any) -> dict[str, str]:
    """Return the addresses of this page in both views."""
    query = dict(request.query_params.lists())
    return {view: f"?{urlencode({**query, VIEW_PARAMETER: view}, doseq=True)}" for view in (JSON, PAGE)}
