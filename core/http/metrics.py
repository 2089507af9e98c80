"""What each process counts for /metrics. This is imported only if METRICS_TOKEN is set.

The processes of gunicorn count in files of one folder, so that the process that responds to /metrics can add them up.
With another server, each process counts for itself.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from django.db import transaction
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MultiProcessValue

from core.http.logging import RequestLog
from core.signals import booked

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client reads the folder from this variable
# The size that a file has from its beginning. If the disk is full, a write to memory that is mapped to a file kills the
# process, unless the file has the space already. All routes with two methods each need two thirds of it.
FILE_BYTES = 4 * 1024 * 1024
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
# These codes are counted from 0 on, because an alert on an increase does not see a series that begins with 1.
RARE_CODES = ("error", "outcome_unknown", "took_too_long")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30)  # the upper bounds of the buckets

disable_created_metrics()  # type: ignore[no-untyped-call]
own = CollectorRegistry()
requests = Counter("inventory_requests", "Requests.", ["method", "route", "status"], registry=own)
durations = Histogram(
    "inventory_request_duration_seconds", "Time to a response.", ["method", "route"], buckets=SECONDS, registry=own
)
refusals = Counter("inventory_refusals", "Responses with an error code.", ["code"], registry=own)
bookings = Counter("inventory_bookings", "Operations that were committed.", ["reason"], registry=own)


class CountingLog(RequestLog):
    """The middleware RequestLog, which also counts each request that has a line in the log, by the line's fields.

    It counts bookings, too: importing this module has no effect.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        booked.connect(count_booking)

    def write(self, fields: dict[str, Any]) -> None:
        super().write(fields)
        method = fields["method"] if fields["method"] in METHODS else "other"
        route = "unknown" if fields["route"] is None else fields["route"]
        counter, histogram = find_series(method, route, fields["status"])
        counter.inc()
        histogram.observe(fields["ms"] / 1000)
        if "code" in fields:
            refusals.labels(fields["code"]).inc()


@cache
def find_series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return the counter and the histogram of these labels. The labels are bounded, so the cache is, too."""
    return requests.labels(method, route, status), durations.labels(method, route)


def count_booking(reason: str, **_: Any) -> None:
    transaction.on_commit(bookings.labels(reason).inc)


def collect_counts() -> Iterable[Metric]:
    """Return what all processes of this gunicorn have counted, or without gunicorn, what this process has."""
    return MultiProcessCollector(None).collect() if FOLDER in os.environ else own.collect()  # type: ignore[no-untyped-call]


# --- Hooks of gunicorn.conf.py ------------------------------------------------------------------------------


def make_folder() -> None:
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="inventory-metrics-")


def remove_folder() -> None:
    shutil.rmtree(os.environ[FOLDER])


def choose_place(server: Any, worker: Any) -> None:
    """Give the worker the lowest number that no running worker has.

    A worker that takes the place of another one continues its files. So no count is lost when a worker is restarted,
    and the number of files does not grow.
    """
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(place for place in count() if place not in taken)


def make_file(file: Path) -> None:
    """Create the file under another name and rename it, so that other workers never read a part of it."""
    part = file.with_suffix(".part")
    part.write_bytes(bytes(FILE_BYTES))
    part.rename(file)


def begin_process(worker: Any) -> None:
    """Make this process, a worker, count in the files of its place."""
    for kind in ("counter", "histogram"):
        file = Path(os.environ[FOLDER]) / f"{kind}_{worker.place}.db"
        if not file.exists():
            make_file(file)
    values.ValueClass = MultiProcessValue(lambda: worker.place)  # type: ignore[no-untyped-call]
    for code in RARE_CODES:
        refusals.labels(code)
