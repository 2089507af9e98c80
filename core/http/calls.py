"""Calls of the API from a page or an agent, within the process. The views check them like the requests of programs."""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse

from core.http.browsers import KEY_HEADER
from core.http.middleware import UTF8Request
from core.http.parsers import PictureParser
from core.http.throttling import WorkTimer

Query = dict[str, Any] | list[tuple[str, str]] | list[tuple[str, Any]]

REPLAYED = "Idempotent-Replayed"
# These headers of the request are not passed on: they would change the user or the effect of the call.
DROPPED = ("HTTP_AUTHORIZATION", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", KEY_HEADER)


@dataclass(frozen=True)
class Answer:
    response: HttpResponse

    @property
    def is_success(self) -> bool:
        return self.response.status_code < 400

    @property
    def is_replayed(self) -> bool:
        """Return whether this is the stored response to an earlier request with the same key."""
        return REPLAYED in self.response.headers

    @property
    def is_json(self) -> bool:
        """Return whether the response has data: some routes answer with a page to print."""
        return self.response.headers.get("Content-Type", "").startswith("application/json")

    @property
    def data(self) -> Any:
        return json.loads(self.response.content or b"{}")


def make_request(user: Any) -> Any:
    """Return a request of the user for calls that no client has sent, with the host of PUBLIC_URL."""
    address = urlsplit(settings.PUBLIC_URL)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "HTTP_HOST": address.netloc,
        "wsgi.url_scheme": address.scheme,
    }
    request: Any = UTF8Request({**environ, "SERVER_NAME": address.hostname, "SERVER_PORT": "", "wsgi.input": BytesIO()})
    request.user, request.session = user, SessionBase()
    request.work_timer = WorkTimer(user.account_id, is_long_running=False)
    return request


def call_api(
    request: HttpRequest,
    route: str,
    body: dict[str, Any] | None = None,
    *,
    key: str = "",
    method: str = "POST",
    query: Query | None = None,
    file: bytes | None = None,
    headers: dict[str, str] | None = None,
    read: dict[str, Any] | None = None,
    **kwargs: Any,
) -> Answer:
    """Send the body and the query to the route as the user of the request, and return the answer.

    `file` is a picture that is sent in place of JSON. `headers` are further headers, as WSGI names them. `read` has the
    values of the row that the user has read: the view refuses the call if one of them has changed.

    `kwargs` are the arguments of the route's address. The caller must have checked the credentials and, for a page, the
    CSRF token.
    """
    address, content = reverse(route, kwargs=kwargs), b"" if body is None else json.dumps(body).encode()
    content = content if file is None else file
    inner: Any = WSGIRequest(
        {
            **{name: value for name, value in request.META.items() if name not in DROPPED},
            "REQUEST_METHOD": method,
            "PATH_INFO": address,
            "QUERY_STRING": urlencode(query or {}),
            "CONTENT_TYPE": "application/json" if file is None else PictureParser.media_type,
            "CONTENT_LENGTH": str(len(content)),
            "HTTP_ACCEPT": "application/json",
            "wsgi.input": BytesIO(content),
            **({KEY_HEADER: key} if key else {}),
            **(headers or {}),
        }
    )
    inner.user, inner.session, inner.resolver_match = request.user, request.session, resolve(address)
    inner._dont_enforce_csrf_checks = True
    inner.read_values = read
    # The throttles have counted the request of the page. They recognise its calls by `page`.
    inner.page, inner.work_timer = request, getattr(request, "work_timer", None)
    match = inner.resolver_match
    response = match.func(inner, *match.args, **match.kwargs)
    if hasattr(response, "render"):
        response.render()
    inner.close()  # a file of the body is closed with its request
    if hasattr(inner, "read_from"):
        request.read_from = inner.read_from  # type: ignore[attr-defined]
    return Answer(response)
