"""Read replicas: which database the current request reads from, and which replica may serve it.

A replica serves a request if it has replayed everything that the primary had written when the request was checked. So
the response never misses a write that was confirmed before the request began (ADR 26).
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core.database.postgres.base import get_sqlstate, read_with_reconnect

MAX_WAIT_SECONDS = 0.05  # a read waits this long for a replica to replay what the primary has written
FIRST_PAUSE_SECONDS = 0.001  # between two queries to a replica; doubled each time
LAGGING_SECONDS = 1  # a replica that was behind is not used for this time
AWAY_SECONDS = 5  # a replica that failed is not used for this time
LOG_SECONDS = 60  # the time between two log lines about a replica in a process
PRIMARY = DEFAULT_DB_ALIAS

# Returns the position in the WAL, the timeline and the id of the system; no row if this server is no primary. A session
# with synchronous_commit=off does not wait until its commits are written, so its position is that of inserted records.
# The name of a WAL file begins with the timeline, which each promotion changes.
PRIMARY_POSITION = """
SELECT position::text, left(pg_walfile_name(position), 8), (pg_control_system()).system_identifier
FROM (
    SELECT CASE
        WHEN pg_is_in_recovery() THEN NULL
        WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn()
        ELSE pg_current_wal_lsn()
    END AS position
) AS here
WHERE position IS NOT NULL
"""
# Returns whether this server replays the WAL of that primary, and whether it has replayed it up to the position. The
# control file may have the primary's timeline a little late, but never early.
REPLICA_POSITION = """
SELECT pg_is_in_recovery()
        AND (pg_control_system()).system_identifier = %(system)s
        AND lpad(upper(to_hex(greatest(
            (pg_control_checkpoint()).timeline_id, (pg_control_recovery()).min_recovery_end_timeline
        ))), 8, '0') = %(timeline)s,
    coalesce(pg_last_wal_replay_lsn() >= %(position)s::pg_lsn, false)
"""

CANCELLED_STATES = ("40001", "40P01")  # the replica cancelled a statement that was in the way of its replay
NO_PRIMARY = "DATABASE_URL leads to no primary"
LAGS = f"it has not replayed what the primary has written within {MAX_WAIT_SECONDS * 1000:.0f} ms"
NO_REPLICA = "it is no replica of this primary, or has not yet followed the primary's last promotion"

logger = logging.getLogger("inventory_api.replicas")
_alias: ContextVar[str] = ContextVar("database that is read from", default=PRIMARY)


get_alias = _alias.get  # returns the alias of the database that the current request reads from
use = _alias.set  # reads from this database until the enclosing `read_from()` ends


def reading() -> BaseDatabaseWrapper:
    """Return the connection for hand-written statements that only read, in code that a replica may serve."""
    return connections[_alias.get()]


def read(statement: str, parameters: dict[str, Any] | Sequence[Any] | None = None) -> list[Any]:
    """Return all rows of a hand-written statement that only reads, in code that a replica may serve."""
    connection: Any = connections[_alias.get()]
    return connection.fetch(statement, parameters)  # type: ignore[no-any-return]


@contextmanager
def read_from(alias: str) -> Iterator[None]:
    """Read from this database until the block ends."""
    token = _alias.set(alias)
    try:
        yield
    finally:
        _alias.reset(token)


class ReplicaRouter:
    """Sends the ORM's reads to the database of the current request, and everything else to the primary."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _alias.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return PRIMARY

    def allow_relation(self, *rows: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == PRIMARY


class Replica:
    """A replica, as the threads of this process know it."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.lock = Lock()
        self.resting_until = self.silent_until = 0.0  # by time.monotonic()

    def may_be_asked(self) -> bool:
        """Return whether to ask the replica: it works, or its pause is over. Only one thread asks after a pause."""
        now = time.monotonic()
        with self.lock:
            is_resting = now < self.resting_until
            if self.resting_until and not is_resting:
                self.resting_until = now + AWAY_SECONDS
        return not is_resting

    def may_serve(self) -> bool:
        """Return whether the replica has replayed what the primary has written. Wait for it for a moment."""
        try:
            seconds, reason = self.find_problem()
        except Error as error:
            seconds, reason = AWAY_SECONDS, describe_database_error(error)
        if reason:
            self.pause(seconds, reason)
        else:
            self.resting_until = 0.0
        return not reason

    def find_problem(self) -> tuple[float, str]:
        """Return for how many seconds not to use the replica, and the reason, which is empty if it can serve."""
        position = fetch_row(PRIMARY, PRIMARY_POSITION)
        if position is None:
            return AWAY_SECONDS, NO_PRIMARY
        parameters = dict(zip(("position", "timeline", "system"), position, strict=True))
        deadline, pause = time.monotonic() + MAX_WAIT_SECONDS, FIRST_PAUSE_SECONDS
        while True:
            is_replica, has_replayed = fetch_row(self.alias, REPLICA_POSITION, parameters)
            if not is_replica:
                return AWAY_SECONDS, NO_REPLICA
            if has_replayed:
                return 0, ""
            if time.monotonic() + pause > deadline:
                return LAGGING_SECONDS, LAGS
            time.sleep(pause)
            pause *= 2

    def pause_after(self, error: BaseException) -> None:
        """Pause the use of the replica after a failed read, unless it has only cancelled this statement."""
        self.pause(0 if get_sqlstate(error) in CANCELLED_STATES else AWAY_SECONDS, describe_database_error(error))

    def pause(self, seconds: float, reason: str) -> None:
        """Pause the use of the replica for some seconds. Log the reason, unless another was logged a moment ago."""
        now = time.monotonic()
        with self.lock:
            self.resting_until = now + seconds if seconds else self.resting_until
            is_silent = now < self.silent_until
            if not is_silent:
                self.silent_until = now + LOG_SECONDS
        if not is_silent:
            fields = {"database": self.alias, "reason": reason}
            logger.warning("replica not used, the primary serves", extra={"fields": fields})


REPLICAS = {alias: Replica(alias) for alias in settings.DATABASES if alias != PRIMARY}


def choose_alias() -> str:
    """Return the alias of a replica that has replayed what the primary has written, else that of the primary."""
    shuffled = random.sample(list(REPLICAS.values()), len(REPLICAS))
    replica = next((replica for replica in shuffled if replica.may_be_asked()), None)
    if replica is None:
        return PRIMARY
    return replica.alias if replica.may_serve() else PRIMARY


def fetch_row(alias: str, statement: str, parameters: dict[str, Any] | None = None) -> Any:
    """Return the first row, or None if there is none. Reconnect if the old connection is broken."""
    connection = connections[alias]

    def fetch() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchone()

    return read_with_reconnect(fetch, connection)


def describe_database_error(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
