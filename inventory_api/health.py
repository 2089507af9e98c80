"""Two probes: is the process alive, and can it serve."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from core.http.error_pages import json_error
from core.pending import pending_migrations


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 if the database is reachable and all migrations are applied; the error handler makes other 503s."""
    if pending := pending_migrations():
        detail = f"{pending} migrations are not applied: run python manage.py migrate."
        return json_error({"detail": detail, "code": "migrations_pending"}, 503)
    return JsonResponse({"status": "ok"})
