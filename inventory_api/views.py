"""The two front doors: `/` for anybody, `/api/` for who has signed in."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

DOORS = {"api": "/api/", "docs": "/api/docs/", "schema": "/api/schema/", "admin": "/admin/", "health": "/healthz"}
RESOURCES = {
    "products": "product-list",
    "categories": "category-list",
    "suppliers": "supplier-list",
    "stock": "movement-list",
}


@require_safe
def landing(request: HttpRequest) -> JsonResponse:
    """What this is, and where the doors are."""
    doors = {name: request.build_absolute_uri(address) for name, address in DOORS.items()}
    return JsonResponse({"name": "Inventory API", **doors})


class RootView(APIView):
    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}})
    def get(self, request: Request) -> Response:
        """The addresses of the resources."""
        return Response({name: reverse(route, request=request) for name, route in RESOURCES.items()})
