"""Real threads for race tests. Each thread has its own database connection."""

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import QuerySet

from core.database import transactions
from core.database.citus.tables import has_citus
from stock.booking import sql
from trade.selling.payments import sql as payment_sql

TIMEOUT_SECONDS = 60  # a busy machine needs seconds for what takes milliseconds
IS_BLOCKING = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
COUNT_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
# On Citus, rows are locked by connections on the workers, which act for the connection of this backend.
IS_BLOCKING_ON_CITUS = "SELECT 1 FROM citus_lock_waits WHERE blocking_gpid = citus_backend_gpid()"


def run_concurrently(*jobs: Callable[[], Any]) -> list[Any]:
    """Start all jobs at the same time, each in a thread. Return their results in the order of the jobs, or raise."""
    results = try_concurrently(*jobs)
    for error in results:
        if isinstance(error, Exception):
            raise error
    return results


def try_concurrently(*jobs: Callable[[], Any]) -> list[Any]:
    """Run the jobs like run_concurrently(), but return the exception of a job instead of raising it.

    Each thread connects to the database first, because on a busy machine the first job could end meanwhile.
    """
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        barrier.wait(TIMEOUT_SECONDS)
        try:
            return job()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(run_and_disconnect, run, job) for job in jobs]]


def run_and_disconnect(job: Callable[..., Any], *args: Any) -> Any:
    """Run the job and close this thread's database connections."""
    try:
        return job(*args)
    finally:
        connections.close_all()


def run_behind_lock(lock: Callable[[], Any], job: Callable[[], Any], *, roll_back: bool = False) -> Any:
    """Call `lock` in a transaction and start `job` in a thread. Return the result of `job`.

    The transaction ends, by a commit or a rollback, when `job` waits for one of its locks. If it never waits, the test
    fails.
    """
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock()
            running = pool.submit(run_and_disconnect, job)
            wait_until_blocking(running)
            transaction.set_rollback(roll_back)
        return running.result(TIMEOUT_SECONDS)


def wait_until_blocking(running: Future) -> None:
    """Wait until another connection waits for a lock of this one. Fail if the job ends before that."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with connection.cursor() as cursor:
        # The server is asked, because tests set DB_CITUS on a server without the extension, too.
        statements = [IS_BLOCKING, IS_BLOCKING_ON_CITUS] if has_citus(cursor) else [IS_BLOCKING]
        while time.monotonic() < deadline:
            if any(has_rows(cursor, statement) for statement in statements):
                return
            assert not running.done(), f"ended without waiting for a lock: {running.result()}"
            time.sleep(0.01)
    raise AssertionError("no connection waited for a lock")


def wait_for_waiting(number: int) -> None:
    """Wait until `number` connections of this database wait for a lock. Fail after TIMEOUT_SECONDS."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(COUNT_WAITING)
            if cursor.fetchone()[0] >= number:
                return
            time.sleep(0.01)
    raise AssertionError(f"fewer than {number} connections waited for a lock")


def has_rows(cursor: Any, statement: str) -> bool:
    cursor.execute(statement)
    return cursor.fetchone() is not None


def let_meet(monkeypatch: Any, owner: Any, name: str, number: int, *, begin: bool = False) -> None:
    """Make the first `number` calls of a function, each in a thread of its own, wait for each other before they return.

    Negative controls use it after a read: all threads have then read before the first one writes. With `begin`, the
    calls wait before they begin, which is for a write.
    """
    function, meeting, calls = getattr(owner, name), threading.Barrier(number), itertools.count()

    def meet(*args: Any, **kwargs: Any) -> Any:
        meets = next(calls) < number
        if meets and begin:
            meeting.wait(TIMEOUT_SECONDS)
        result = function(*args, **kwargs)
        if meets and not begin:
            meeting.wait(TIMEOUT_SECONDS)
        return result

    monkeypatch.setattr(owner, name, meet)


def disable_locks(monkeypatch: Any) -> None:
    """Lock neither rows nor accounts. This is a negative control."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    for module, name in ((sql, "LOCK"), (payment_sql, "LOCK_SALE")):
        monkeypatch.setattr(module, name, getattr(module, name).replace("FOR NO KEY UPDATE", ""))
    disable_account_locks(monkeypatch)


def disable_account_locks(monkeypatch: Any) -> None:
    """Lock only rows, not accounts. This is a negative control."""
    for statement in ("LOCK_ACCOUNT", "SHARE_ACCOUNT"):
        monkeypatch.setattr(transactions, statement, "SELECT %(what)s::text, %(owner)s::bigint")
