"""Keep the worker running that gunicorn starts with START_WORKER=on, as `make run` does."""

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.management import execute_from_command_line
from gunicorn.arbiter import Arbiter

logger = logging.getLogger("ops.worker_process")

STOP_SECONDS = 20  # longer than an attempt to send
CHECK_SECONDS, STEP_SECONDS = 1.0, 0.05
MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0  # the pauses before it is started again; each end doubles the pause
STEADY_SECONDS = 60.0  # after a worker has run for so long, the next pause is the shortest one


class Worker:
    """A fork of this process that runs `manage.py deliver`, and shares the memory of what this process has imported.

    It ends by itself soon after this process, even if this process is killed.
    """

    def __init__(self, server: Any) -> None:
        parent = str(os.getpid())
        self.pid = os.fork()
        if self.pid:
            return
        try:
            for number in (signal.SIGCHLD, signal.SIGALRM, *Arbiter.SIGNALS):
                signal.signal(number, signal.SIG_DFL)
            for listener in server.LISTENERS:
                listener.sock.close()
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")  # with DEBUG, only workers do it
            execute_from_command_line(["manage.py", "deliver", "--parent", parent])
        except Exception:
            logger.exception("worker failed")
        finally:
            os._exit(0)  # gunicorn goes on in the parent alone

    def has_ended(self) -> bool:
        with suppress(ChildProcessError):  # gunicorn has waited for it
            return os.waitpid(self.pid, os.WNOHANG) != (0, 0)
        return True

    def stop(self) -> None:
        end = time.monotonic() + STOP_SECONDS
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        while not self.has_ended() and time.monotonic() < end:
            time.sleep(STEP_SECONDS)


class Keeper:
    """Keeps one worker running. `process` is None while it waits for `due`, which is the time of the next start."""

    def __init__(self, run: Callable[[], Worker]) -> None:
        self.run = run
        self.process: Worker | None = None
        self.pause, self.started_at, self.due = MIN_PAUSE_SECONDS / 2, 0.0, 0.0

    def start(self) -> None:
        self.process, self.started_at = self.run(), time.monotonic()

    def check(self) -> None:
        """Start the worker again if it has ended and the pause is over. Log that it has ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif self.process.has_ended():
            is_steady = now - self.started_at >= STEADY_SECONDS
            self.pause = MIN_PAUSE_SECONDS if is_steady else min(2 * self.pause, MAX_PAUSE_SECONDS)
            self.process, self.due = None, now + self.pause
            logger.warning("worker has ended", extra={"fields": {"restart_in_seconds": self.pause}})

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()


keepers: list[Keeper] = []


def start_worker(server: Any) -> None:
    """Start the worker without gunicorn's sockets, and check every CHECK_SECONDS that it runs, until gunicorn stops."""
    # A timer's signal calls the check in gunicorn's only thread: a process with several threads must not fork. Neither
    # the processes that gunicorn forks nor the worker inherit the timer.
    keeper = Keeper(partial(Worker, server))
    keeper.start()
    keepers.append(keeper)

    def check(*_: Any) -> None:
        if server.LISTENERS:  # while gunicorn stops, it has none: Ctrl-C has ended the worker, too
            keeper.check()

    signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, CHECK_SECONDS, CHECK_SECONDS)


def stop_worker() -> None:
    """Stop the worker if there is one, and do not start it again."""
    if keepers:
        signal.setitimer(signal.ITIMER_REAL, 0)
    while keepers:
        keepers.pop().stop()
