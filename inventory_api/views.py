"""The start page, the root of the API, the schema, the pages of the documentation, and the health probes."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from core.database.drift import describe_drift
from core.database.pending import pending_migrations
from core.http.error_pages import json_error
from core.http.etags import Unsent, is_listed, make_etag
from core.http.renderers import AlwaysFirst, JSONRenderer
from core.http.schema_checks import SCHEMA_CACHE, KnownParameters
from inventory_api.error_codes import read_error_codes
from inventory_api.start_page import START
from ops.demo.credentials import DEMO_PASSWORD, DEMO_USERS
from users.permissions import READ, routes
from users.view_bases import ApiView


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200 while the process runs. This needs no database."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Return 200 if the database is reachable, all migrations are applied and its tables are theirs, otherwise 503."""
    pending = pending_migrations()  # if the database is unreachable, the middleware returns the 503
    if drift := describe_drift(pending):
        return json_error({"detail": drift, "code": "tables_differ"}, 503)
    if pending:
        detail = f"{pending} migrations are not applied: run python manage.py migrate."
        return json_error({"detail": detail, "code": "migrations_pending"}, 503)
    return JsonResponse({"status": "ok"})


SCHEMA_MAX_AGE_SECONDS = 300  # the age that a cached schema may have after an upgrade
LINKS = {"api": "/api/", "docs": "/api/docs/", "documentation": "/docs/", "schema": "/api/schema/"}
LINKS |= {"admin": "/admin/", "health": "/healthz"}


@require_safe
@vary_on_headers("Accept")
def landing(request: HttpRequest) -> HttpResponse:
    """Return the start page. A client that prefers JSON gets its links as JSON."""
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        links = {name: request.build_absolute_uri(address) for name, address in LINKS.items()}
        return JsonResponse({"name": "Inventory API", **links})
    base = request.build_absolute_uri("/").rstrip("/")
    context: dict[str, Any] = {"base": base, "links": LINKS, "signup_open": settings.SIGNUP_OPEN}
    if settings.DEMO:
        context |= {"demo_password": DEMO_PASSWORD, "demo_users": DEMO_USERS}
    return render(request, "landing.html", context)


class RootView(ApiView):
    """The links to all resources. Each list has its filters, and a form for what you may add."""

    tag, rights = "start", READ
    name = "Start"
    pages = {"get": START}

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}})
    def get(self, request: Request) -> Response:
        """List the URLs of the resources."""
        names = {route.link: name for name, route in routes().items() if route.link}
        return Response({link: reverse(names[link], request=request) for link in sorted(names)})


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
