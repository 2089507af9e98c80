"""Two probes: is the process alive, and can it serve."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The database is reachable (503 otherwise, by the error handler) and all migrations are applied."""
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        detail = f"{len(pending)} migrations are not applied: run python manage.py migrate."
        return JsonResponse({"detail": detail, "code": "migrations_pending"}, status=503)
    return JsonResponse({"status": "ok"})
