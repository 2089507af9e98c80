"""What the worker does, and what it has to do now, as the module `jobs` of an app says."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

from django.db.models import Count, Min, QuerySet
from django.utils import timezone


class Waiting(NamedTuple):
    """What a job has to do now, and the seconds since the oldest of it. `measure_waiting()` of `jobs` returns these."""

    rows: int
    oldest_seconds: float

    @classmethod
    def of(cls, rows: QuerySet[Any], since: str) -> Self:
        """Return what waits: these rows, each since the time in this field."""
        found = rows.aggregate(rows=Count("pk"), oldest=Min(since))
        return cls(
            found["rows"], max(0.0, (timezone.now() - found["oldest"]).total_seconds()) if found["oldest"] else 0.0
        )


class Job(NamedTuple):
    """Work of the worker, which it does at most once in this time. `run` returns whether more may be due immediately.

    A job with threads runs in its own ones, and delays no other. The worker calls `finish` when it stops.

    The function `list_jobs()` of an app's `jobs` returns its jobs. It gets a function that tells whether to stop.
    """

    run: Callable[[], Any]
    seconds: float = 60
    threads: int = 0
    finish: Callable[[], Any] = bool
