"""The handler of WSGI requests, and middleware: refusals, missing slashes, headers, language and time zone."""

import re
from functools import lru_cache
from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.conf import LazySettings, settings
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import reset_queries
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.urls import ResolverMatch, get_resolver
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext

from core.database.transactions import RETRY_LATER
from core.errors import BROKEN_BODY, LENGTH_REQUIRED
from core.fields import show_costs
from core.http import errors
from core.http.base import Middleware
from core.http.clients import SUPPORT_DESK, running_request
from core.http.errors import error_response, json_error, not_found, server_error
from core.http.parsers import BodyTooLarge
from core.sentences import decimal_sign
from core.texts.locales import ENGLISH, find_accepted_language

PAGE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'; worker-src 'self'; manifest-src 'self'"
)
CAMERA_POLICY = f"{PAGE_POLICY}; script-src 'self' 'wasm-unsafe-eval'"  # docs/decisions/0064 says why
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
PERMISSIONS = "camera=(), geolocation=(), microphone=()"
PERMISSIONS_WITH_CAMERA = PERMISSIONS.replace("camera=()", "camera=(self)")
CAMERA_HEADERS = {"Content-Security-Policy": CAMERA_POLICY, "Permissions-Policy": PERMISSIONS_WITH_CAMERA}
UNCACHED = ("/api/", "/shop/", "/mcp")
MAX_HEADER_LENGTH = 10_000  # the limit for a header with parameters; Django 6 raises an error for longer ones
UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


def is_readable(header: str) -> bool:
    """Return whether Django can parse the parameters of a header such as Accept."""
    if len(header) > MAX_HEADER_LENGTH:
        return False
    try:  # Django raises an error for some parameters of the form `name*=charset''text`
        for part in [header, *header.split(",")] if "*=" in header else []:
            parse_header_parameters(part)
    except ValueError:
        return False
    return True


class BodyRefusals(Middleware):
    """Middleware that refuses bodies that the server has not received, so that no later code reads them.

    They have no length, so that Django would treat them as empty, or are above the largest limit, or the server has no
    room for them. A request is also refused if its body breaks off while a view outside of REST framework reads it.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or ""
        if "HTTP_TRANSFER_ENCODING" in request.META and not length:
            return json_error({**LENGTH_REQUIRED}, 411)
        if length.isdecimal() and int(length) > settings.MAX_IMPORT_BYTES:
            too_large = BodyTooLarge(settings.MAX_IMPORT_BYTES)
            return json_error({"detail": too_large.detail, "code": too_large.default_code}, too_large.status_code)
        if refusal := getattr(request.META.get("gunicorn.socket"), "refusal", None):  # core/server/channel.py sets it
            return error_response(request, refusal.as_dict(), refusal.status, RETRY_LATER)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return a 400 for a body that could not be read. Django calls this for the exceptions of views."""
        return error_response(request, BROKEN_BODY, 400) if isinstance(error, UnreadablePostError) else None


class ResetContext(Middleware):
    """Middleware that sets `running_request`, and resets the context of the request when it ends."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        running_request.set(request)
        try:
            return self.get_response(request)
        finally:
            running_request.set(None)
            timezone.deactivate()  # pages of the support desk activate one (core/support/desk.py)
            show_costs(False)
            decimal_sign.set(".")


class SlashRedirect(CommonMiddleware):
    """Middleware that checks the host name, and adds the slash by a redirect. Other methods would lose their body."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Check the host name, and redirect if the slash is missing. Probes may send any host name."""
        return None if request.path_info in settings.PROBES else super().process_request(request)

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add Content-Length, except to a 304, where it would have to be the length of the content that is not sent."""
        finished: HttpResponseBase = super().process_response(request, response)
        if finished.status_code == 304:
            finished.headers.pop("Content-Length", None)
        return finished


class CrossOrigin(CorsMiddleware):
    """Middleware that sets the headers for requests from other origins. To all other responses it only adds `Vary`."""

    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_ORIGIN" in request.META or request.method == "OPTIONS":
            return super().__call__(request)
        response: Any = self.get_response(request)
        if request.path_info.startswith(settings.CORS_PATH):
            vary = response.headers.get("Vary")
            response.headers["Vary"] = f"{vary}, origin" if vary else "origin"
        return response


class Messages(MessageMiddleware):
    """Middleware that stores the messages of a page. Requests of programs have no messages, and so no storage."""

    def __call__(self, request: HttpRequest) -> Any:
        response: Any = self.get_response(request)
        return self.process_response(request, response) if "_messages" in vars(request) else response


class DebugRefusals(Middleware):
    """Middleware for DEBUG that returns a 404 or 500 under /api/ as JSON. Browsers get Django's debug pages."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_browser = "text/html" in request.headers.get("Accept", "")
        handler = {404: not_found, 500: server_error}.get(response.status_code)
        if handler is None or is_browser or not request.path_info.startswith("/api/"):
            return response
        return response if response.headers["Content-Type"] == "application/json" else handler(request)


class CleanRequest(Middleware):
    """Middleware that refuses control characters in cookies and queries, and headers that can't be parsed."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        cookies = [*request.COOKIES, *request.COOKIES.values()] if "HTTP_COOKIE" in request.META else []
        # Under /api/ the filters refuse a NUL in the query, naming the parameter.
        has_nul = "%00" in request.META.get("QUERY_STRING", "") and not request.path_info.startswith("/api/")
        if has_nul or any(UNPRINTABLE.search(text) for text in cookies):
            said = gettext("The query or a cookie contains control characters.")
            return json_error({"detail": said, "code": "bad_request"}, 400)
        for name, variable in (("Accept", "HTTP_ACCEPT"), ("Content-Type", "CONTENT_TYPE")):
            if not is_readable(request.META.get(variable, "")):
                said = gettext("The {name} header can't be read.").format(name=name)
                return json_error({"detail": said, "code": "bad_request"}, 400)
        return self.get_response(request)


class Problems(Middleware):
    """Rewrites the errors of views, of Django and of other middleware for clients that accept only problems."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        accept = request.META.get("HTTP_ACCEPT", "").lower()
        if errors.PROBLEM not in accept or not is_readable(accept) or not errors.are_preferred(request):
            return self.get_response(request)
        if all(accepted.sub_type == "problem+json" for accepted in request.accepted_types):
            request.META["HTTP_ACCEPT"] = errors.JSON  # otherwise each successful response would be a 406
            request.__dict__.pop("headers", None)  # Django caches the headers when they are first read
        response = self.get_response(request)
        errors.rewrite_error(request, response)
        return response


class SecurityHeaders(Middleware):
    """Sets the headers that restrict what a browser may do with a response.

    Pages load scripts only from files of this host. Inline scripts are forbidden, so text that gets into a page by a
    mistake can't run. Inline styles are allowed, because REST framework and Swagger UI need them. Responses with data
    may not load anything. Responses under UNCACHED are never cached: they contain one user's data, or tokens. A view of
    public data sets its own Cache-Control. Pages with a camera have CAMERA_HEADERS, and the till's service worker may
    load files.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        # Django's debug pages need inline scripts.
        if not (settings.DEBUG and is_page and response.status_code in (404, 500)):
            response.headers.setdefault("Content-Security-Policy", PAGE_POLICY if is_page else DATA_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if request.path_info.startswith(UNCACHED):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class ActivateLanguage(Middleware):
    """Activates the language of a page's user, or else the one that the browser or the program prefers, or English."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_page = "text/html" in request.META.get("HTTP_ACCEPT", "")
        if not is_page and "HTTP_ACCEPT_LANGUAGE" not in request.META:
            return self.get_response(request)
        if request.path_info.startswith(SUPPORT_DESK):  # its pages are in English
            return self.get_response(request)
        accepted = find_accepted_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        language = find_own_language(request) or accepted if is_page else accepted
        if is_page and settings.SESSION_COOKIE_NAME in request.COOKIES:
            decimal_sign.set(getattr(request.user, "shop_decimal_sign", "."))
        with translation.override(language):
            response = self.get_response(request)
        if is_page or language != ENGLISH:
            response.headers.setdefault("Content-Language", language)
            patch_vary_headers(response, ["Accept-Language"])
        return response


def find_own_language(request: HttpRequest) -> str:
    """Return the language that the signed-in user of a browser has, or an empty text."""
    return getattr(request.user, "shown_language", "") if settings.SESSION_COOKIE_NAME in request.COOKIES else ""


MAX_CACHED_PATHS = 1000  # the limit in each process; a path can be as long as a request line


class UTF8Request(WSGIRequest):
    """A request whose text is UTF-8, whatever charset it names: Django would use any codec, and some raise errors."""

    @cached_property
    def _messages(self) -> Any:
        return default_storage(self)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        header = meta.get("CONTENT_TYPE", "")  # the middleware CleanRequest refuses unreadable headers
        self.content_type, self.content_params = parse_header_parameters(header) if is_readable(header) else ("", {})


def spare_work_of_requests() -> None:
    """Turn off what Django does for each request without any effect in this service (ADR 10)."""
    # Reading a setting would call a method of LazyObject in Python, whose check only concerns other lazy objects.
    LazySettings.__getattribute__ = object.__getattribute__  # type: ignore[method-assign]
    if not settings.DEBUG:
        request_started.disconnect(reset_queries)  # the list of queries is filled only with DEBUG
    request_finished.disconnect(close_caches)  # no cache has connections
    request_finished.disconnect(reset_urlconf)  # no request has routes of its own


class Handler(WSGIHandler):
    """Django's handler with the service's class of requests. It caches the route of each path."""

    request_class = UTF8Request

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Return the route of the path, and set it as the request's `resolver_match`. Raise Resolver404."""
        request.resolver_match = resolve_path(request.path_info)
        return request.resolver_match


@lru_cache(maxsize=MAX_CACHED_PATHS)
def resolve_path(path: str) -> ResolverMatch:
    """Return the route of the path, which no code may change. Raise Resolver404, which is not cached."""
    return get_resolver().resolve(path)  # Django tries up to a hundred patterns one after the other
