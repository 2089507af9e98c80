"""Health probes: whether the process runs, and whether it can serve."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from core.http.error_pages import json_error
from core.pending import pending_migrations


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process runs. Needs no database."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 if the database is reachable and all migrations are applied, else 503.

    If the database is unreachable, the middleware returns the 503.
    """
    if pending := pending_migrations():
        detail = f"{pending} migrations are not applied: run python manage.py migrate."
        return json_error({"detail": detail, "code": "migrations_pending"}, 503)
    return JsonResponse({"status": "ok"})
