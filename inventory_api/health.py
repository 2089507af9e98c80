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
    if pending := pending_migrations():
        detail = f"{pending} migrations are not applied: run python manage.py migrate."
        return JsonResponse({"detail": detail, "code": "migrations_pending"}, status=503)
    return JsonResponse({"status": "ok"})


def pending_migrations() -> int:
    """How many migrations are not applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
