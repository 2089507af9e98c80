"""The part of the worker that sends webhooks. It finds those that are due, and gives each a turn in its own thread."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, NamedTuple

from django.db import connections

from core.database.errors import is_database_away
from core.database.postgres.base import fetch
from events.webhooks import sql
from events.webhooks.jobs import delivery
from events.webhooks.retries import Verdict

logger = logging.getLogger("events.webhooks.sending")

MAX_THREADS = 10  # each thread has its own database connection
MAX_THREADS_OF_ACCOUNT = 2
MAX_THREADS_FOR_SLOW = 5  # receivers that fail or are slow never occupy all threads
SLOW_SECONDS = 600  # after a slow attempt, a receiver counts as slow for this time, even if it is quick again
MAX_FOUND = 200  # the due webhooks that one round reads, for slow ones and for others
SECONDS_BETWEEN_FIGURES = 60


class Due(NamedTuple):
    owner_id: int
    pk: int
    is_slow: bool  # if true, it may take long: it fails, was slow lately, or was not tried yet


class Sender:
    """Gives webhooks their turns. Its methods are jobs of the loop in `ops/jobs.py`."""

    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        self.is_stopping = is_stopping
        self.pool = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="webhooks")
        self.running: dict[Due, Future[None]] = {}
        self.lock, self.counts = Lock(), Counter[Verdict]()
        self.figures_due = time.monotonic() + SECONDS_BETWEEN_FIGURES

    def start_turns(self) -> bool:
        """Start turns of the webhooks that are due while threads are free. Return whether any turn is running."""
        self.running = {due: turn for due, turn in self.running.items() if not turn.done()}
        if len(self.running) < MAX_THREADS:
            for due in select_fair(find_due(), [*self.running]):
                self.running[due] = self.pool.submit(self.run_turn, due)
        return bool(self.running)

    def run_turn(self, due: Due) -> None:
        try:
            delivery.take_turn(due.owner_id, due.pk, self.is_stopping, self.count)
        except Exception as error:
            fields = {"owner": due.owner_id, "webhook": due.pk}
            if is_database_away(error):
                logger.warning("database is away", extra={"fields": fields})
            else:
                logger.exception("turn of a webhook failed", extra={"fields": fields})
                delivery.postpone(due.owner_id, due.pk)
        finally:
            connections.close_all()

    def count(self, verdict: Verdict) -> None:
        with self.lock:
            self.counts[verdict] += 1

    def log_figures(self) -> bool:
        """Log, once a minute, what was sent since the last time and what remains."""
        if time.monotonic() >= self.figures_due:
            self.figures_due = time.monotonic() + SECONDS_BETWEEN_FIGURES
            self.log(**measure_backlog())
        return False

    def log(self, **figures: Any) -> None:
        with self.lock:
            counts, self.counts = self.counts, Counter()
        dead, sent = counts[Verdict.DEAD], counts[Verdict.NEXT]
        attempts = {"sent": sent, "failed": counts.total() - sent - dead, "dead": dead}
        logger.info("webhooks", extra={"fields": {**attempts, **figures}})

    def finish(self) -> None:
        """Wait for the running attempts, at most for their timeout, and log the last figures."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.log()


def find_due() -> list[Due]:
    """Return webhooks that have something to send now. The slow ones are first, but can't get all of the threads."""
    values = {"slow_seconds": SLOW_SECONDS, "limit": MAX_FOUND}
    lanes = {is_slow: fetch(sql.FIND_DUE, {"is_slow": is_slow, **values}) for is_slow in (True, False)}
    return [Due(owner_id, pk, is_slow) for is_slow, rows in lanes.items() for owner_id, pk, _ in rows]


def select_fair(found: list[Due], running: list[Due]) -> list[Due]:
    """Return the webhooks whose turn can start now: at most two of an account, and slow ones in half of the threads.

    Accounts without a running turn come first. Apart from that, the order is that of `found`.
    """
    chosen: list[Due] = []
    of_account = Counter(due.owner_id for due in running)
    slow = sum(due.is_slow for due in running)
    names = {(due.owner_id, due.pk) for due in running}
    for turns_of_account in range(MAX_THREADS_OF_ACCOUNT):
        for due in found:
            has_room = len(running) + len(chosen) < MAX_THREADS and not (due.is_slow and slow >= MAX_THREADS_FOR_SLOW)
            is_next = of_account[due.owner_id] == turns_of_account and (due.owner_id, due.pk) not in names
            if has_room and is_next:
                chosen.append(due)
                names.add((due.owner_id, due.pk))
                of_account[due.owner_id] += 1
                slow += due.is_slow
    return chosen


def measure_backlog() -> dict[str, int]:
    """Return the number of webhooks that are on, of the events that they have yet to send, and the oldest one's age."""
    [(on, behind, oldest)] = fetch(sql.FIGURES)
    return {"on": on, "behind": behind, "oldest_seconds": oldest}
