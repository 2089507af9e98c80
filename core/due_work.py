"""The jobs of the worker, and how much work waits for them. The module `jobs` of an app lists those of the app."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

from django.db.models import Count, Min, QuerySet
from django.utils import timezone


class Waiting(NamedTuple):
    """How many rows wait for a job, and the age of the oldest. `measure_waiting()` of `jobs` returns these by kind."""

    rows: int
    oldest_seconds: float

    @classmethod
    def of(cls, rows: QuerySet[Any], since: str) -> Self:
        """Count these rows. Each has waited since the time in the field `since`."""
        found = rows.aggregate(rows=Count("pk"), oldest=Min(since))
        return cls(
            found["rows"], max(0.0, (timezone.now() - found["oldest"]).total_seconds()) if found["oldest"] else 0.0
        )


class Job(NamedTuple):
    """A task that the worker runs at most once in `seconds`. `run` returns whether more may be due immediately.

    A job with `threads` has that many threads of its own, and delays no other. The worker calls `finish` when it stops.

    `list_jobs()` of an app's `jobs` returns its jobs. The argument is a function that returns whether to stop.
    """

    run: Callable[[], Any]
    seconds: float = 60
    threads: int = 0
    finish: Callable[[], Any] = bool
