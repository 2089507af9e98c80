"""The schema, and its pages: Swagger UI and the table of error codes."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.http.renderers import AlwaysFirst, JSONRenderer, Unsent, is_listed, make_etag
from core.http.schema_checks import SCHEMA_CACHE, KnownParameters
from inventory_api.error_codes import read_error_codes

SCHEMA_MAX_AGE_SECONDS = 300  # the age that a cached schema may have after an upgrade


class JSONRefusals(APIView):
    """A view whose errors are JSON, even if its responses have another format."""

    metadata_class = None

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        self.request.accepted_renderer, self.request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        return response


class SchemaView(JSONRefusals, SpectacularAPIView):
    """The OpenAPI 3 schema, as YAML or JSON. It is the same for all callers, so caches may keep it for a while."""

    permission_classes = (KnownParameters,)

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer: Any = request.accepted_renderer
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        content = SCHEMA_CACHE.render(renderer, request.accepted_media_type)
        etag = make_etag(content)
        headers = {"ETag": etag, "Cache-Control": f"public, max-age={SCHEMA_MAX_AGE_SECONDS}"}
        if is_listed(etag, request.headers.get("If-None-Match", "")):
            unmodified: Any = HttpResponse(status=304, headers=headers)
            unmodified.unsent = Unsent(renderer.media_type, len(content))
            return unmodified  # type: ignore[no-any-return]
        headers["Content-Disposition"] = f'inline; filename="Inventory API.{renderer.format}"'
        return HttpResponse(content, content_type=f"{renderer.media_type}{charset}", headers=headers)


class DocsView(JSONRefusals, SpectacularSwaggerSplitView):
    """Swagger UI. Its script has a URL of its own, because the Content Security Policy forbids inline scripts."""

    authentication_classes = (SessionAuthentication,)  # the page shows the user, and "Execute" uses its session
    template_name = "docs.html"


class ErrorsView(JSONRefusals):
    """The page of error codes, with their meanings and additional fields. It is always HTML, whatever `Accept` says."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = ()
    renderer_classes = (TemplateHTMLRenderer,)
    content_negotiation_class = AlwaysFirst

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return the page."""
        return Response({"codes": read_error_codes()}, template_name="errors.html")
