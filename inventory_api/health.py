"""Health probes. One tells whether the process runs, the other whether it can serve."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from core.database.pending import pending_migrations
from core.http.error_pages import json_error


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200 while the process runs. This needs no database."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Return 200 if the database is reachable and all migrations are applied, otherwise 503.

    If the database is unreachable, the middleware returns the 503.
    """
    if pending := pending_migrations():
        detail = f"{pending} migrations are not applied: run python manage.py migrate."
        return json_error({"detail": detail, "code": "migrations_pending"}, 503)
    return JsonResponse({"status": "ok"})
