"""The job of the worker that adds up the numbers of products."""

from collections.abc import Callable

from core.due_work import Job
from products.models import fold_tallies

FOLD_SECONDS = 5


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(fold_tallies, FOLD_SECONDS)]
