"""The loop of `manage.py deliver`, which runs its jobs again and again until a signal stops it, and two of the jobs.

`analyze_grown_tables()` keeps PostgreSQL's statistics of tables that grow quickly, so that it does not plan for their
former sizes. Autovacuum does the same, but only once a minute. In a new shop, a report of the first thousand movements
can take seconds until then. `Presence` shows the support desk that the worker runs.
"""

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

from django.db import close_old_connections, connections
from django.db.models.functions import Now

from core.database.postgres.base import fetch
from core.database.statistics import analyze_tables
from core.database.transactions import is_database_away
from core.due_work import Job
from desk.support.models import MAX_HOST_LENGTH, WorkerProcess

logger = logging.getLogger("ops.jobs")

BUSY_SECONDS, IDLE_SECONDS = 0.2, 1.0  # the pause between two rounds
MAX_PAUSE_SECONDS = 30.0  # the limit of the pause after rounds that failed, each of which doubles the pause
STEP_SECONDS = 0.1  # a stop is noticed within this time

CHECK_SECONDS = 5  # the time between two searches for tables that have grown
MIN_NEW_ROWS = 500  # the least number of new rows since the table was analyzed
# Returns the quoted names of this role's tables that have doubled since they were analyzed, which only an owner can do.
GROWN_TABLES = """
SELECT format('%%I.%%I', statistics.schemaname, statistics.relname)
FROM pg_stat_user_tables AS statistics
JOIN pg_class AS class ON class.oid = statistics.relid
WHERE statistics.schemaname = current_schema() AND pg_has_role(class.relowner, 'USAGE')
    AND statistics.n_mod_since_analyze >= %(min_new_rows)s AND statistics.n_mod_since_analyze >= class.reltuples
ORDER BY 1
"""
FORGET_AFTER = timedelta(days=1)  # the row of a worker that was killed is shown for this time


class Stop:
    """Tells whether to stop: after SIGTERM or SIGINT, or when the process that has started this one has ended."""

    def __init__(self, parent: int | None = None) -> None:
        self.parent, self.has_signal = parent, False

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.note_signal)

    def note_signal(self, *_: Any) -> None:
        self.has_signal = True

    def is_requested(self) -> bool:
        return self.has_signal or (self.parent is not None and os.getppid() != self.parent)

    def sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.is_requested() and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, STEP_SECONDS))


def run_jobs(jobs: Sequence[Job], stop: Stop) -> None:
    """Run the jobs in rounds until the stop. A job that fails stops neither the other jobs nor the loop."""
    failed_rounds = 0
    timed = [make_rare(job) for job in jobs]
    while not stop.is_requested():
        results = [run_job(run) for run in timed]
        close_old_connections()  # this also closes a broken connection
        failed_rounds = failed_rounds + 1 if None in results else 0
        pause = BUSY_SECONDS if any(results) else IDLE_SECONDS
        stop.sleep(min(pause * 2**failed_rounds, MAX_PAUSE_SECONDS) if failed_rounds else pause)


def run_job(job: Callable[[], bool]) -> bool | None:
    """Return the job's result, or None if it failed. Log a failure; an unreachable database is only a warning."""
    try:
        return job()
    except Exception as error:
        if is_database_away(error):
            logger.warning("database is away", extra={"fields": {"error": type(error).__name__}})
        else:
            logger.exception("job failed")
        return None


def make_rare(job: Job) -> Callable[[], bool]:
    """Return a function that runs the job if its time has come, and returns whether more may be due immediately."""
    next_run = time.monotonic()

    def run_rarely() -> bool:
        nonlocal next_run
        if time.monotonic() < next_run:
            return False
        next_run = time.monotonic() + job.seconds
        return bool(job.run())

    return run_rarely


@contextmanager
def run_beside(jobs: Sequence[Job], stop: Stop) -> Iterator[None]:
    """Run jobs that may take long in a separate thread, so that they don't delay the jobs of the block."""

    def run() -> None:
        try:
            run_jobs(jobs, stop)
        finally:
            connections.close_all()

    thread = Thread(target=run, name="jobs")
    thread.start()
    try:
        yield
    finally:
        thread.join()


def analyze_grown_tables() -> None:
    """Analyze the tables that have doubled. The worker runs this once in CHECK_SECONDS."""
    analyze_tables(find_grown_tables())


def find_grown_tables() -> list[str]:
    return [table for (table,) in fetch(GROWN_TABLES, {"min_new_rows": MIN_NEW_ROWS})]


def list_jobs(_is_stopping: Callable[[], bool]) -> list[Job]:
    return [Job(analyze_grown_tables, CHECK_SECONDS)]


class Presence:
    """Keeps the row that shows that this process runs. Its methods are jobs of the loop."""

    def __init__(self) -> None:
        self.row: WorkerProcess | None = None

    def report(self) -> bool:
        """Write that this worker runs, and delete the rows of those that ended long ago."""
        if self.row is None or not WorkerProcess.objects.filter(pk=self.row.pk).update(seen_at=Now()):
            self.row = WorkerProcess.objects.create(host=socket.gethostname()[:MAX_HOST_LENGTH], pid=os.getpid())
        WorkerProcess.objects.filter(seen_at__lt=Now() - FORGET_AFTER).delete()
        return False

    def end(self) -> bool:
        if self.row is not None:
            WorkerProcess.objects.filter(pk=self.row.pk).delete()
        return False
