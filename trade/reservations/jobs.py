"""Record an event for each order of a customer that has expired. This is a job of the worker."""

from collections.abc import Callable

from core.due_work import Job
from trade.reservations.end_services import list_owners_to_tell, record_expired

MAX_RESERVATIONS = 1000  # the most that one transaction records


def record_expired_reservations() -> None:
    for owner_id in list_owners_to_tell():
        while record_expired(owner_id, MAX_RESERVATIONS) == MAX_RESERVATIONS:
            pass


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(record_expired_reservations)]
