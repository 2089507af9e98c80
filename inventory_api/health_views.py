"""The health probes: /healthz of the process, and /readyz of the database."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from core.database.checks import describe_drift, pending_migrations
from core.http.errors import json_error
from core.server.commit import find_commit


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
    return JsonResponse({"status": "ok", "commit": find_commit(settings.COMMIT, settings.BASE_DIR)})
