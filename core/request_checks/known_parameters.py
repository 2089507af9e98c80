"""Refuses query parameters that the schema does not list for the route.

Otherwise a mistyped filter would list all rows, and a mistyped `dry_run` would write.
"""

from typing import Any

from django.db import transaction
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.settings import api_settings

from core.http.negotiation import AlwaysJSON
from core.request_checks.schema_cache import SCHEMA_CACHE
from core.request_checks.spelling import find_nearest

IGNORED_PREFIXES = ("_", "utm_")  # other programs add such parameters to addresses: cache busters and campaign tags
NO_PAGE_NUMBERS = "This list has no page numbers: follow the address in `next`."


class KnownParameters(BasePermission):
    """Refuses unknown query parameters. It is a permission class, so that it runs before every view.

    It runs after the check of the role, and looks up the row of the address before it refuses: a 403 or 404 takes
    precedence over this 400.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        # A page checks whether it may show the form of another method.
        is_form_check = request.method != request._request.method
        if not request.query_params or is_form_check or not hasattr(view, (request.method or "").lower()):
            return True
        known = list_known_parameters(request, view)
        unknown = [name for name in request.query_params if name not in known and not name.startswith(IGNORED_PREFIXES)]
        if unknown and request.method != "OPTIONS":
            check_row_exists(view)
            raise exceptions.ValidationError({name: [describe_unknown_parameter(name, known)] for name in unknown})
        return True


def list_known_parameters(request: Request, view: Any) -> frozenset[str]:
    """Return the route's parameters in the schema. Add `format` if it selects the renderer."""
    match: Any = request._request.resolver_match
    method = "GET" if request.method == "HEAD" else request.method or ""
    known = SCHEMA_CACHE.find_operation(match.route, method).parameters
    if issubclass(view.content_negotiation_class, AlwaysJSON):
        return known
    return known | {str(api_settings.URL_FORMAT_OVERRIDE)}


def check_row_exists(view: Any) -> None:
    """Raise Http404 if the address identifies a row that does not exist for the caller."""
    if view.kwargs:
        with transaction.atomic():  # views that write lock the row, which needs a transaction
            view.get_object()


def describe_unknown_parameter(name: str, known: frozenset[str]) -> str:
    """Return the error message for an unknown name. It suggests the nearest known name, or lists all."""
    if name == "page" and "cursor" in known:
        return NO_PAGE_NUMBERS
    if near := find_nearest(name, known):
        return f"There is no such parameter. Did you mean {near}?"
    all_known = f"This address takes {', '.join(sorted(known)) or 'none'}."
    return f"There is no such parameter. {all_known}"
