"""Query parameters by their names: the schema lists those that each route takes, and any other is refused.

A mistyped filter would otherwise list every row, and a mistyped `dry_run` would write.
"""

from typing import Any

from django.db import transaction
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.settings import api_settings

from core.http.negotiation import AlwaysJSON
from core.request_checks.schema_cache import DOCUMENT
from core.request_checks.spelling import nearest

FREE_PREFIXES = ("_", "utm_")  # cache busters and campaign tags, which others add to an address
NO_PAGE_NUMBERS = "This list has no page numbers: follow the address in `next`."


class KnownParameters(BasePermission):
    """Refuses unknown query parameters. A permission, so that it holds for every view, before the view does anything.

    It comes after the roles, and the row of the address is looked up before it refuses: 403 and 404 go before 400.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        asked_by_a_page = request.method != request._request.method  # whether it may show the form of another method
        if not request.query_params or asked_by_a_page or not hasattr(view, (request.method or "").lower()):
            return True
        known = known_parameters(request, view)
        unknown = [name for name in request.query_params if name not in known and not name.startswith(FREE_PREFIXES)]
        if unknown and request.method != "OPTIONS":
            refuse_missing_row(view)
            raise exceptions.ValidationError({name: [no_such_parameter(name, known)] for name in unknown})
        return True


def known_parameters(request: Request, view: Any) -> frozenset[str]:
    """Return the names that the route takes: those of the schema, and `format` where it chooses a renderer."""
    match: Any = request._request.resolver_match
    known = DOCUMENT.operation(match.route, "GET" if request.method == "HEAD" else request.method or "").parameters
    chooses = not issubclass(view.content_negotiation_class, AlwaysJSON)
    return known | {str(api_settings.URL_FORMAT_OVERRIDE)} if chooses else known


def refuse_missing_row(view: Any) -> None:
    """Raise Http404 if the address names a row that the caller does not have."""
    if view.kwargs:
        with transaction.atomic():  # a view that writes locks its row
            view.get_object()


def no_such_parameter(name: str, known: frozenset[str]) -> str:
    """Return the message for an unknown name, with the nearest known one, else with all of them."""
    if name == "page" and "cursor" in known:
        return NO_PAGE_NUMBERS
    if near := nearest(name, known):
        return f"There is no such parameter. Did you mean {near}?"
    others = f"There is {', '.join(sorted(known))}." if known else "This address takes none."
    return f"There is no such parameter. {others}"
