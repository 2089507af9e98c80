"""The loop of `manage.py deliver`, which runs its jobs again and again until a signal stops it."""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any

from django.db import close_old_connections, connections

from core.database.errors import is_database_away

logger = logging.getLogger("ops.jobs")

BUSY_SECONDS, IDLE_SECONDS = 0.2, 1.0  # the pause between two rounds
MAX_PAUSE_SECONDS = 30.0  # the limit of the pause after rounds that failed, each of which doubles the pause
RARE_SECONDS = 60.0  # the time from one run of a rare job to the next
STEP_SECONDS = 0.1  # a stop is noticed within this time

Job = Callable[[], bool]  # a job does what is due, and returns whether more may be due immediately


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
    while not stop.is_requested():
        results = [run_job(job) for job in jobs]
        close_old_connections()  # this also closes a broken connection
        failed_rounds = failed_rounds + 1 if None in results else 0
        pause = BUSY_SECONDS if any(results) else IDLE_SECONDS
        stop.sleep(min(pause * 2**failed_rounds, MAX_PAUSE_SECONDS) if failed_rounds else pause)


def run_job(job: Job) -> bool | None:
    """Return the job's result, or None if it failed. Log a failure; an unreachable database is only a warning."""
    try:
        return job()
    except Exception as error:
        if is_database_away(error):
            logger.warning("database is away", extra={"fields": {"error": type(error).__name__}})
        else:
            logger.exception("job failed")
        return None


def make_rare(job: Callable[[], Any], seconds: float = RARE_SECONDS) -> Job:
    """Return a job that runs this one at most once in this time."""
    next_run = time.monotonic()

    def run_rarely() -> bool:
        nonlocal next_run
        if time.monotonic() >= next_run:
            next_run = time.monotonic() + seconds
            job()
        return False

    return run_rarely


@contextmanager
def run_beside(jobs: Sequence[Job], stop: Stop) -> Iterator[None]:
    """Run jobs that may take long in a separate thread, so that they don't delay the jobs of the block."""

    def run() -> None:
        try:
            run_jobs(jobs, stop)
        finally:
            connections.close_all()

    thread = Thread(target=run, name="rare jobs")
    thread.start()
    try:
        yield
    finally:
        thread.join()
