"""Classes of content negotiation: for most routes, for routes with one response format, and for routes that return
files.
"""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.request import Request

ANYTHING = "*/*"


class Negotiation(DefaultContentNegotiation):
    """REST framework's negotiation. A client that accepts everything, as most programs do, gets the first renderer."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        accepts_all = request.META.get("HTTP_ACCEPT", ANYTHING) == ANYTHING
        if accepts_all and self.settings.URL_FORMAT_OVERRIDE not in request.query_params:
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)


class AlwaysFirst(BaseContentNegotiation):
    """Selects the first parser and the first renderer, no matter what the client sends and accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class AlwaysJSON(AlwaysFirst):
    """Selects JSON for errors. Successful responses have their own content type."""


class JSONOrFile(Negotiation):
    """Leaves a `?format=` without a renderer to the view, which returns a file, or an error in JSON."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        file_format = request.query_params.get(self.settings.URL_FORMAT_OVERRIDE)
        if file_format and file_format not in [renderer.format for renderer in renderers]:
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)
