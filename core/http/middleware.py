"""What surrounds every request: its id and log line, what browsers are told, a body of known length, the slash."""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.utils.functional import SimpleLazyObject
from rest_framework.exceptions import Throttled

from core.errors import BROKEN_BODY, RETRY_LATER, answer, not_found, refuse, server_error
from core.http.parsers import BodyTooLarge
from core.http.throttling import Work
from core.http.utf8_request import is_readable

logger = logging.getLogger("inventory_api.request")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
PAGE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
FIELD_NAME = re.compile(r"[a-z_]{1,40}")
MAX_FIELDS_LOGGED = 10


class Statements:
    """Counts the statements that are sent while it is installed around them, by a cursor: BEGIN and COMMIT are not."""

    count = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


class RequestLog:
    """Gives each request an id (the client's `X-Request-ID` if it is well-formed) and writes its one log line.

    Time and statements are those until the answer begins: what is streamed after that is not in them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        request.META["HTTP_X_REQUEST_ID"] = request_id
        statements = Statements()
        with connection.execute_wrapper(statements):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        fields = {
            "request_id": request_id,
            "method": request.method,
            "route": request.resolver_match.route if request.resolver_match else None,
            "status": response.status_code,
            "ms": round((time.monotonic() - started) * 1000, 1),
            "user": known_user_id(request),
            "statements": statements.count,
            **why_refused(response),
        }
        level = logging.ERROR if response.status_code >= 500 else logging.INFO
        logger.log(level, "request", extra={"fields": fields})
        return response


def why_refused(response: HttpResponseBase) -> dict[str, str]:
    """Return the `code` of a refusal for its log line: of field errors `invalid`, and the fields' names.

    Values are never logged. A name that does not look like a field's or parameter's is left out.
    """
    data = getattr(response, "data", None)
    if response.status_code < 400 or not isinstance(data, dict):
        return {}
    if "code" in data:
        return {"code": str(data["code"])}
    names = sorted(name for name in map(str, data) if FIELD_NAME.fullmatch(name))
    return {"code": "invalid", "fields": ",".join(names[:MAX_FIELDS_LOGGED])}


def known_user_id(request: HttpRequest) -> int | None:
    """The id of the user if the view has asked who it is; the log line alone does not make a query for it."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):  # a session's, which Django keeps here once it has been looked up
        user = request.__dict__.get("_cached_user")
    return getattr(user, "pk", None)


class SecurityHeaders:
    """What a browser may do with an answer, beside the headers of Django's SecurityMiddleware.

    A page's scripts come from files of this host alone, nothing inline: text that gets into a page by a mistake can't
    run. Styles may stand in the page, REST framework's and Swagger UI's do. Data may not do anything at all, and no
    cache may keep what stands under /api/: it is one user's, or a token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if not (settings.DEBUG and is_page and response.status_code in (404, 500)):  # Django's pages for developers
            response.headers["Content-Security-Policy"] = PAGE_POLICY if is_page else DATA_POLICY
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if request.path_info.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class LengthRequired:
    """Refuses a body without a length, which Django would take for an empty one, and a body above the largest limit.

    The server does not receive these bodies, so nothing behind this may read them. A body that breaks off while a view
    outside of REST framework reads it is refused, too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
            return answer({"detail": "Send the body with a Content-Length.", "code": "length_required"}, 411)
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > settings.MAX_IMPORT_BYTES:
            too_large = BodyTooLarge(settings.MAX_IMPORT_BYTES)
            return answer({"detail": too_large.detail, "code": too_large.default_code}, too_large.status_code)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return a 400 for a body that could not be read. Django calls this for the exceptions of views."""
        return refuse(request, BROKEN_BODY, 400) if isinstance(error, UnreadablePostError) else None


class SlashRedirect(CommonMiddleware):
    """Checks the host's name; redirects to the address with the slash only where nothing is lost: GET and HEAD."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Probes may name the host as they like."""
        return None if request.path_info in settings.PROBES else super().process_request(request)

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)


class DebugRefusals:
    """With DEBUG, Django shows its own pages for a 404 and a 500: under /api/ for browsers alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_browser = "text/html" in request.headers.get("Accept", "")
        own = {404: not_found, 500: server_error}.get(response.status_code)
        if own is None or is_browser or not request.path_info.startswith("/api/"):
            return response
        return response if response.headers["Content-Type"] == "application/json" else own(request)


class CleanRequest:
    """Refuses what would fail further in: control characters in cookies and queries, and headers that can't be parsed.

    A cookie may bring a NUL by an escape. The API's own filters refuse it by the parameter's name.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        cookies = [*request.COOKIES, *request.COOKIES.values()]
        has_nul = "%00" in request.META.get("QUERY_STRING", "") and not request.path_info.startswith("/api/")
        if has_nul or any(UNPRINTABLE.search(text) for text in cookies):
            return answer({"detail": "Control characters in the query or a cookie.", "code": "bad_request"}, 400)
        for name in ("Accept", "Content-Type"):
            if not is_readable(request.headers.get(name, "")):
                return answer({"detail": f"The {name} header can't be read.", "code": "bad_request"}, 400)
        return self.get_response(request)


class TimeUsed:
    """Middleware: end the work of each request; that of a streamed response when all of it is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: Any = self.get_response(request)
        work: Work | None = getattr(request, "work", None)
        if work and response.streaming and work.becomes_long():
            response.streaming_content = Timed(response.streaming_content, work)
        elif work:
            work.end()
            if response.streaming:
                refused = Throttled(1)
                return answer({"detail": refused.detail, "code": refused.default_code}, 429, RETRY_LATER)
        return response  # type: ignore[no-any-return]


class Timed:
    """The same pieces; Django closes it with the answer, begun or not."""

    def __init__(self, pieces: Iterable[bytes], work: Work) -> None:
        self.pieces, self.close = iter(pieces), work.end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.pieces)
