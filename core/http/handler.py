"""The handler of WSGI requests, and their class: text is always UTF-8, and unreadable headers raise no error."""

from functools import lru_cache
from typing import Any

from django.conf import LazySettings, settings
from django.contrib.messages.storage import default_storage
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import reset_queries
from django.http import HttpRequest
from django.urls import ResolverMatch, get_resolver
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

from core.http.middleware import is_readable

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
