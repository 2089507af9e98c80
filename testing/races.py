"""Real threads for race tests, each with a database connection of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import QuerySet

from core import transactions
from stock import sql

PATIENCE = 5  # seconds
SOMEBODY_WAITS_FOR_ME = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


def together(*jobs: Callable[[], Any]) -> list[Any]:
    """Start all jobs at the same instant; their results in the order of the jobs. None may fail."""
    results = at_once(*jobs)
    for error in results:
        if isinstance(error, Exception):
            raise error
    return results


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """The same, where some may fail: an exception is a result, too."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE)
        try:
            return job()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(apart, run, job) for job in jobs]]


def apart(job: Callable[..., Any], *args: Any) -> Any:
    """Do the job in this thread and close its connection."""
    try:
        return job(*args)
    finally:
        connections.close_all()


def meanwhile(act: Callable[[], Any], job: Callable[[], Any], *, give_up: bool = False) -> Any:
    """Act in a transaction, in which the job starts and has to wait; commit it or give up; then the job's result."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            act()
            running = pool.submit(apart, job)
            wait_for_somebody_waiting(running)
            transaction.set_rollback(give_up)
        return running.result(PATIENCE)


def wait_for_somebody_waiting(running: Future) -> None:
    """Until another connection waits for a lock of this one."""
    deadline = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(SOMEBODY_WAITS_FOR_ME)
            if cursor.fetchone():
                return
            assert not running.done(), f"nobody waited: {running.result()}"
            time.sleep(0.01)
    raise AssertionError("nobody came to wait")


def without_locks(monkeypatch: Any) -> None:
    """Negative control: the same code, neither rows nor accounts are locked any more."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    monkeypatch.setattr(sql, "LOCK", sql.LOCK.replace("FOR NO KEY UPDATE", ""))
    without_account_locks(monkeypatch)


def without_account_locks(monkeypatch: Any) -> None:
    """Negative control: nothing but rows is locked."""
    for statement in ("LOCK_ACCOUNT", "SHARE_ACCOUNT"):
        monkeypatch.setattr(transactions, statement, "SELECT %(what)s::text, %(owner)s::bigint")
