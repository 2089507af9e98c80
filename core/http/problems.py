"""Errors in the format of RFC 9457, for clients that accept `application/problem+json` but not JSON."""

from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from core.advice import find_advice
from core.http.renderers import JSONRenderer
from core.sentences import fill

JSON, PROBLEM = "application/json", "application/problem+json"
MAX_NAMES = 10  # the most wrong fields that `detail` names; `errors` lists all of them


def rewrite_error(request: HttpRequest, response: HttpResponseBase) -> None:
    """Replace the content of an error in JSON, and the headers that describe it, by a problem."""
    data = getattr(response, "data", None)
    is_json = response.headers.get("Content-Type", "").startswith(JSON)
    if response.status_code >= 400 and is_json and isinstance(data, dict) and isinstance(response, HttpResponse):
        response.content = JSONRenderer().render(make_problem(request, data, response.status_code))
        response.headers["Content-Type"] = PROBLEM
        if "Content-Length" in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        patch_vary_headers(response, ["Accept"])


def are_preferred(request: HttpRequest) -> bool:
    """Return whether the client accepts problems and does not accept plain JSON, not even through a wildcard."""
    return accepts(request, PROBLEM) and not accepts(request, JSON)


def accepts(request: HttpRequest, media_type: str) -> bool:
    """Return whether the client accepts a media type with any parameters, which `request.accepts()` would compare."""
    main, sub = media_type.split("/")
    return any(each.main_type in (main, "*") and each.sub_type in (sub, "*") for each in request.accepted_types)


def make_problem(request: HttpRequest, data: dict[str, Any], status: int) -> dict[str, Any]:
    """Return an error as a problem of RFC 9457. Further keys of the error become members of the problem."""
    if "code" in data and "detail" in data:
        error = data
    else:
        names = ", ".join(list(map(str, data))[:MAX_NAMES])
        detail = fill("These fields or parameters are wrong: {names}.", names=names)
        error = {"detail": detail, "code": "invalid", "errors": data}
    code = str(error["code"])
    title, advice = code.replace("_", " ").capitalize(), find_advice(code, status)
    return {"type": error_url(request, code), "title": title, "status": status, "advice": advice, **error}


def error_url(request: HttpRequest, code: str) -> str:
    """Return the URL of the code on the page of all codes, without the host if the host is not allowed."""
    path = f"{reverse('errors')}#{code}"
    try:
        return request.build_absolute_uri(path)
    except DisallowedHost:
        return path
