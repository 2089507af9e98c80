"""The part of the worker that writes packs."""

from collections.abc import Callable
from functools import partial
from time import monotonic

from core.database.postgres.base import fetch
from core.due_work import Job, Waiting
from desk.evidence.models import Pack
from desk.evidence.reading.pack import write_pack
from desk.evidence.reading.tables import PackRequest
from desk.evidence.services import finish_pack
from desk.takeout.jobs import SEARCH_SECONDS, write_files, write_once
from desk.takeout.models import ExportState
from desk.takeout.reading.archive import OnProgress
from desk.takeout.services import MAX_AT_A_TIME

# Whether a transaction that may still record something before this time is running. A dump of the database or a long
# report runs as long, so that nothing is awaited longer than SETTLE_SECONDS.
IS_UNSETTLED = """
SELECT now() < %(until)s + make_interval(secs => %(seconds)s) AND EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND xact_start <= %(until)s
)
"""
SETTLE_SECONDS = 60
MAX_SECONDS = 600  # the time for a pack, and for a statement of it; 100,000 movements take seconds


def write_packs(is_stopping: Callable[[], bool]) -> None:
    """Write the waiting packs. This is a job of the worker's loop."""
    write_files(Pack, write_one, is_stopping)


def write_one(pack: Pack, on_progress: OnProgress) -> None:
    """Write the file of the pack, unless another worker does so, or what belongs to it may still be recorded."""
    if fetch(IS_UNSETTLED, {"until": pack.recorded_until, "seconds": SETTLE_SECONDS})[0][0]:
        return
    ends_at = monotonic() + MAX_SECONDS

    def check_time() -> None:
        on_progress()
        if monotonic() > ends_at:
            raise TimeoutError

    finish = partial(finish_pack, pack)
    write_once(pack, lambda file: write_pack(file, make_request(pack), check_time), finish, MAX_SECONDS)


def make_request(pack: Pack) -> PackRequest:
    return PackRequest(pack.owner, pack.as_of, pack.start, pack.clock, pack.recorded_until, pack.language)


def list_jobs(is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(partial(write_packs, is_stopping), SEARCH_SECONDS, threads=MAX_AT_A_TIME)]


def measure_waiting() -> dict[str, Waiting]:
    return {"packs": Waiting.of(Pack.objects.filter(state=ExportState.WAITING), "created_at")}
