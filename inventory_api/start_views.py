"""The start page at /, and the root of the API, which a browser gets as the start page of the shop."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from inventory_api.start_page import START
from ops.demo.credentials import DEMO_PASSWORD, DEMO_USERS
from users.access.permissions import SIGNED_IN, Caller, Tag, grant, routes
from users.services import put_first_steps_away
from web.view_bases import ApiView

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


@require_POST
@login_required
def put_steps_away(request: HttpRequest) -> HttpResponse:
    """Put the list of first steps away, and return to the start page."""
    put_first_steps_away(by=Caller.of(request))
    return redirect("root")


class RootView(ApiView):
    """The links to all resources. Each list has its filters, and a form for what you may add."""

    tag = Tag("start", "The links to all resources.", for_keys=True)
    rights = grant(SIGNED_IN, "get")
    name = "Start"
    pages = {"get": START}

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}})
    def get(self, request: Request) -> Response:
        """List the URLs of the resources."""
        names = {route.link: name for name, route in routes().items() if route.link}
        return Response({link: reverse(names[link], request=request) for link in sorted(names)})
