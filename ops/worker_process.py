"""Keep the worker running that gunicorn starts with START_WORKER=on, as `make run` does."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

logger = logging.getLogger("ops.worker_process")

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
STOP_SECONDS = 20  # longer than an attempt to send
CHECK_SECONDS = 1.0
MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0  # the pauses before it is started again; each end doubles the pause
STEADY_SECONDS = 60.0  # after a worker has run for so long, the next pause is the shortest one

Process = subprocess.Popen[bytes]


def run_worker() -> Process:
    """Start `manage.py deliver`. The worker ends by itself soon after this process, even if this process is killed."""
    return subprocess.Popen([sys.executable, str(MANAGE), "deliver", "--parent", str(os.getpid())])  # noqa: S603


class Keeper:
    """Keeps one worker running. `process` is None while it waits for `due`, which is the time of the next start."""

    def __init__(self, run: Callable[[], Process]) -> None:
        self.run = run
        self.process: Process | None = None
        self.pause, self.started_at, self.due = MIN_PAUSE_SECONDS / 2, 0.0, 0.0

    def start(self) -> None:
        self.process, self.started_at = self.run(), time.monotonic()

    def check(self, *_: Any) -> None:
        """Start the worker again if it has ended and the pause is over. Log that it has ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif self.process.poll() is not None:
            is_steady = now - self.started_at >= STEADY_SECONDS
            self.pause = MIN_PAUSE_SECONDS if is_steady else min(2 * self.pause, MAX_PAUSE_SECONDS)
            self.process, self.due = None, now + self.pause
            logger.warning("worker has ended", extra={"fields": {"restart_in_seconds": self.pause}})

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)


keepers: list[Keeper] = []


def start_worker() -> None:
    """Start the worker, and check every CHECK_SECONDS that it runs."""
    # A timer's signal calls the check in gunicorn's only thread: a process with several threads must not fork. Neither
    # the processes that gunicorn forks nor the worker inherit the timer.
    keeper = Keeper(run_worker)
    keeper.start()
    keepers.append(keeper)
    signal.signal(signal.SIGALRM, keeper.check)
    signal.setitimer(signal.ITIMER_REAL, CHECK_SECONDS, CHECK_SECONDS)


def stop_worker() -> None:
    """Stop the worker if there is one, and do not start it again."""
    if keepers:
        signal.setitimer(signal.ITIMER_REAL, 0)
    while keepers:
        keepers.pop().stop()
