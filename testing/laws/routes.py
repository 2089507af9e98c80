"""List the routes under /api/ by walking the URL resolver, so that tests cover every route."""

import re
from typing import Any, NamedTuple

from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

DOCUMENT_ROUTES = {"schema", "docs", "errors"}  # these are public, and about the API itself
HTTP_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Route(NamedTuple):
    """A route under /api/."""

    address: str  # such as /api/products/<row_id:pk>/
    name: str
    methods: tuple[str, ...]
    view: Any

    @property
    def has_id(self):
        return "<" in self.address

    def address_for(self, row_id):
        """Return the address with this id for each parameter."""
        return re.sub(r"<[^>]+>", str(row_id), self.address)

    def template(self):
        """Return the address with `{}` for each parameter."""
        return re.sub(r"<[^>]+>", "{}", self.address)


def list_api_routes(patterns=None):
    """Return all routes under /api/ except those of DOCUMENT_ROUTES."""
    found = [
        route
        for route in walk_patterns(patterns or get_resolver().url_patterns, "/")
        if route.address.startswith("/api/")
    ]
    return [route for route in found if route.name not in DOCUMENT_ROUTES]


def list_page_routes(patterns=None, prefix="/"):
    """Yield address and name of each URL pattern outside of the API and of the support desk."""
    for pattern in patterns or get_resolver().url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from list_page_routes(pattern.url_patterns, address)
        elif not address.startswith(("/api/", "/admin/")):
            yield address, pattern.name


def walk_patterns(patterns, prefix):
    """Yield a Route for each URL pattern under /api/."""
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk_patterns(pattern.url_patterns, address)
        elif address.startswith("/api/"):
            assert isinstance(pattern.pattern, RoutePattern), f"{address} does not use path()"
            view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
            yield Route(address, pattern.name, methods_of(pattern.callback), view)


def methods_of(view):
    """Return the methods that the view implements. A view that is not REST framework's has all methods."""
    if actions := getattr(view, "actions", None):
        return tuple(method for method in HTTP_METHODS if method.lower() in actions)
    cls = getattr(view, "cls", None)
    return tuple(method for method in HTTP_METHODS if cls is None or hasattr(cls, method.lower()))
