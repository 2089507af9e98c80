"""Jobs that no request waits for, in one thread with a bounded queue. A stop waits for them, but a crash loses them."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Timer
from typing import Any

from django.db import connections

logger = logging.getLogger("core.background")

MAX_QUEUED_JOBS = 200
# A job starts after its request's response has been sent: a delayed response would reveal what the job has found.
DELAY_SECONDS = 1.0

places, waiting = BoundedSemaphore(MAX_QUEUED_JOBS), BoundedSemaphore(MAX_QUEUED_JOBS)
# The executor starts its thread for the first job, which comes after gunicorn's fork.
thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")


def run_later(job: Callable[[], Any], *, delay: float = DELAY_SECONDS) -> None:
    """Queue the job, which starts after the delay or later. If the queue is full, discard the job and log this."""
    if not places.acquire(blocking=False):
        logger.error("background queue is full", extra={"fields": {"limit": MAX_QUEUED_JOBS}})
        return
    thread.submit(run_when_due, job, time.monotonic() + delay)


def run_after(seconds: float, job: Callable[[], Any]) -> None:
    """Queue the job after this time, in which other jobs run. A stop does not wait for it.

    If too many jobs are waiting, discard the job and log this.
    """
    if not waiting.acquire(blocking=False):
        logger.error("too many background jobs are waiting", extra={"fields": {"limit": MAX_QUEUED_JOBS}})
        return

    def queue() -> None:
        waiting.release()
        run_later(job, delay=0)

    timer = Timer(seconds, queue)
    timer.daemon = True
    timer.start()


def run_when_due(job: Callable[[], Any], due: float) -> None:
    """Wait until `due`, run the job, and log its exception. Close the thread's database connection."""
    try:
        time.sleep(max(0.0, due - time.monotonic()))
        job()
    except Exception:
        logger.exception("background job failed")
    finally:
        connections.close_all()
        places.release()
