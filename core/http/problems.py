"""Errors in the form of RFC 9457, for clients that accept `application/problem+json` and not JSON."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from rest_framework.renderers import JSONRenderer

from core.http.utf8_request import is_readable

JSON, PROBLEM = "application/json", "application/problem+json"
MAX_NAMES = 10  # of wrong fields in `detail`; `errors` has all


class Problems:
    """Middleware: rewrites the refusal of whatever is inside of it, be that a view, Django or a middleware.

    A client that accepts nothing else gets JSON where nothing is wrong: with a 406 it could do nothing at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        accept = request.META.get("HTTP_ACCEPT", "").lower()
        if PROBLEM not in accept or not is_readable(accept) or not prefers_problems(request):
            return self.get_response(request)
        if all(accepted.sub_type == "problem+json" for accepted in request.accepted_types):
            accept_json(request)
        response = self.get_response(request)
        data = getattr(response, "data", None)
        is_json = response.headers.get("Content-Type", "").startswith(JSON)
        if response.status_code >= 400 and is_json and isinstance(data, dict) and isinstance(response, HttpResponse):
            rewrite(response, problem(request, data, response.status_code))
        return response


def accept_json(request: HttpRequest) -> None:
    """Go on as for a client that accepts JSON."""
    request.META["HTTP_ACCEPT"] = JSON
    request.__dict__.pop("headers", None)  # kept by Django once they have been read


def prefers_problems(request: HttpRequest) -> bool:
    """Return whether the client accepts problems and does not accept plain JSON, not even through a wildcard."""
    return accepts(request, PROBLEM) and not accepts(request, JSON)


def accepts(request: HttpRequest, media_type: str) -> bool:
    """Return whether the client accepts a media type, with any parameters: `request.accepts()` compares those, too."""
    main, sub = media_type.split("/")
    return any(each.main_type in (main, "*") and each.sub_type in (sub, "*") for each in request.accepted_types)


def problem(request: HttpRequest, data: dict[str, Any], status: int) -> dict[str, Any]:
    """Return the refusal as RFC 9457 has it; what a rule adds to its code stands beside the standard members."""
    if "code" in data and "detail" in data:
        case = data
    else:
        names = ", ".join(list(map(str, data))[:MAX_NAMES])
        case = {"detail": f"Look at these fields or parameters: {names}.", "code": "invalid", "errors": data}
    code = str(case["code"])
    title = code.replace("_", " ").capitalize()
    return {"type": address_of(request, code), "title": title, "status": status, **case}


def address_of(request: HttpRequest, code: str) -> str:
    """Return the address of the code on the page of all codes, without the host where that is not one of ours."""
    path = f"{reverse('errors')}#{code}"
    try:
        return request.build_absolute_uri(path)
    except DisallowedHost:
        return path


def rewrite(response: HttpResponse, data: dict[str, Any]) -> None:
    """Replace the content of a response."""
    response.content = JSONRenderer().render(data)
    response.headers["Content-Type"] = PROBLEM
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(response.content))
    patch_vary_headers(response, ["Accept"])
