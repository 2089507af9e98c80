"""/metrics, for Prometheus: what the processes have counted, and the state of the database, its jobs and workers."""

import logging
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import Error
from django.db.models import Count, Max, Q
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from core.database.postgres.base import fetch
from core.database.transactions import atomic, set_time_limit
from core.http.errors import json_error
from core.http.metrics import collect_counts
from core.shop_apps import find_modules
from desk.support.models import LOST_AFTER, WorkerProcess

logger = logging.getLogger("inventory_api.metrics")

MAX_STATEMENT_SECONDS = 2
UNAUTHORIZED = {"detail": "Send METRICS_TOKEN as a Bearer token.", "code": "not_authenticated"}

# Returns the number of connections in each state, and the limit of all. Only members of pg_monitor see the state of
# connections of other roles.
CONNECTIONS = """
SELECT coalesce(state, 'unknown'), count(*), current_setting('max_connections')::int
FROM pg_stat_activity
WHERE datid <> 0
GROUP BY 1
"""


@require_GET
def read_metrics(request: HttpRequest) -> HttpResponse:
    """Return all metrics in the text format of Prometheus, or a 401 if the token is missing or wrong."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(token, settings.METRICS_TOKEN):
        return json_error(UNAUTHORIZED, 401, {"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(Metrics())
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"}
    )


class Metrics:
    """The collector of all metrics."""

    def collect(self) -> Iterator[Metric]:
        yield from collect_counts()
        try:
            gauges = measure()
        except Error as error:
            logger.warning("metrics without the database", extra={"fields": {"error": type(error).__name__}})
            gauges = []
        yield make_gauge("database_up", "Whether the database has answered.", {"": bool(gauges)})
        yield from gauges


@atomic
def measure() -> list[Metric]:
    """Return the gauges that are read from the database."""
    set_time_limit(MAX_STATEMENT_SECONDS)
    states = fetch(CONNECTIONS)
    jobs = [module for module in find_modules("jobs") if hasattr(module, "measure_waiting")]
    waiting = {kind: one for module in jobs for kind, one in module.measure_waiting().items()}
    is_running = Q(seen_at__gte=Now() - LOST_AFTER)
    workers = WorkerProcess.objects.aggregate(running=Count("pk", filter=is_running), seen=Max("seen_at"))
    rows, ages = ({kind: one[place] for kind, one in waiting.items()} for place in (0, 1))
    seen = {"": workers["seen"].timestamp()} if workers["seen"] else {}
    return [
        make_gauge("database_connections", "Connections of the server.", {row[0]: row[1] for row in states}, "state"),
        make_gauge("database_connections_limit", "The most that the server accepts.", {"": states[0][2]}),
        make_gauge("jobs_waiting", "What the workers have to do now.", rows, "kind"),
        make_gauge("jobs_oldest_seconds", "Age of what has waited longest.", ages, "kind"),
        make_gauge("workers_running", "Workers that have reported lately.", {"": workers["running"]}),
        make_gauge("worker_last_seen_timestamp_seconds", "When a worker has reported.", seen),
    ]


def make_gauge(name: str, text: str, numbers: Mapping[str, float], label: str = "") -> Metric:
    """Return a gauge whose numbers have these values of the label. Without a label there is one number at most."""
    gauge = GaugeMetricFamily(f"inventory_{name}", text, labels=[label] if label else [])
    for value, number in numbers.items():
        gauge.add_metric([value] if label else [], number)
    return gauge
