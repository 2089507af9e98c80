"""The handler of WSGI requests. It is Django's handler, changed to look up the route of each path only once."""

from functools import lru_cache

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.urls import ResolverMatch, get_resolver

from core.http.utf8_request import UTF8Request

MAX_CACHED_PATHS = 1000  # the limit in each process; a path can be as long as a request line


class Handler(WSGIHandler):
    """Django's handler with the service's class of requests. It caches the route of each path."""

    request_class = UTF8Request

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Return the route of the path, and set it as the request's `resolver_match`.

        Raise Resolver404 if there is none.
        """
        request.resolver_match = resolve_path(request.path_info)
        return request.resolver_match


@lru_cache(maxsize=MAX_CACHED_PATHS)
def resolve_path(path: str) -> ResolverMatch:
    """Return the route of the path. Raise Resolver404, which is not cached, if there is none.

    The result is cached, because Django tries up to a hundred patterns one after the other. No code may change a cached
    route.
    """
    return get_resolver().resolve(path)
