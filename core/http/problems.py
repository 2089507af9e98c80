"""Errors in the format of RFC 9457, for clients that accept `application/problem+json` but not JSON."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from core.http.json_renderer import JSONRenderer
from core.http.utf8_request import is_readable

JSON, PROBLEM = "application/json", "application/problem+json"
MAX_NAMES = 10  # the most wrong fields that `detail` names; `errors` lists all of them


class Problems:
    """Middleware that rewrites every error response, no matter what code made it.

    A client that accepts only problems gets successful responses as JSON: otherwise each of them would be a 406.
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
            replace_content(response, make_problem(request, data, response.status_code))
        return response


def accept_json(request: HttpRequest) -> None:
    """Change the request's Accept header to JSON."""
    request.META["HTTP_ACCEPT"] = JSON
    request.__dict__.pop("headers", None)  # Django caches the headers when they are first read


def prefers_problems(request: HttpRequest) -> bool:
    """Return whether the client accepts problems and does not accept plain JSON, not even through a wildcard."""
    return accepts(request, PROBLEM) and not accepts(request, JSON)


def accepts(request: HttpRequest, media_type: str) -> bool:
    """Return whether the client accepts a media type, with any parameters.

    `request.accepts()` would compare these, too.
    """
    main, sub = media_type.split("/")
    return any(each.main_type in (main, "*") and each.sub_type in (sub, "*") for each in request.accepted_types)


def make_problem(request: HttpRequest, data: dict[str, Any], status: int) -> dict[str, Any]:
    """Return an error as a problem of RFC 9457. Further keys of the error become members of the problem."""
    if "code" in data and "detail" in data:
        error = data
    else:
        names = ", ".join(list(map(str, data))[:MAX_NAMES])
        error = {"detail": f"These fields or parameters are wrong: {names}.", "code": "invalid", "errors": data}
    code = str(error["code"])
    title = code.replace("_", " ").capitalize()
    return {"type": error_url(request, code), "title": title, "status": status, **error}


def error_url(request: HttpRequest, code: str) -> str:
    """Return the URL of the code on the page of all codes, without the host if the host is not allowed."""
    path = f"{reverse('errors')}#{code}"
    try:
        return request.build_absolute_uri(path)
    except DisallowedHost:
        return path


def replace_content(response: HttpResponse, data: dict[str, Any]) -> None:
    """Replace the content of a response, and the headers that describe it."""
    response.content = JSONRenderer().render(data)
    response.headers["Content-Type"] = PROBLEM
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(response.content))
    patch_vary_headers(response, ["Accept"])
