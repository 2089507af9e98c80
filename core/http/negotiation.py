"""For routes whose answer has one form, whatever the client accepts, or a form that no renderer makes."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.request import Request


class AlwaysFirst(BaseContentNegotiation):
    """The first parser and the first renderer, whatever the client sends and accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class AlwaysJSON(AlwaysFirst):
    """The first renderer, JSON, for errors; the answer itself brings its own content type."""


class OrFile(DefaultContentNegotiation):
    """As everywhere; but a `?format=` that no renderer makes is the view's to answer or refuse: refusals are JSON."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        form = request.query_params.get(self.settings.URL_FORMAT_OVERRIDE)
        if form and form not in [renderer.format for renderer in renderers]:
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)
