"""Django's PostgreSQL backend with faster statements and timestamps, their count, and an error for a lost COMMIT."""

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, InterfaceError, NotSupportedError, OperationalError, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from django.db.models.base import ModelState
from django.db.utils import Error
from psycopg import adapters
from psycopg.adapt import AdaptersMap
from psycopg.pq import Format

from core.database.left_out import check_left_out

# https://www.postgresql.org/docs/current/errcodes-appendix.html: the connection failed, or the server ended it.
LOST_CONNECTION_CLASSES = ("08", "57P")
# A prepared statement reads a column whose type a migration has changed. A new connection has no such statements.
PLAN_CHANGED = "0A000"

MAX_KNOWN_ROWS = 1000  # the limit for each connection

T = TypeVar("T")


class CommitLost(OperationalError):
    """The connection broke during COMMIT, so it is unknown whether the transaction took effect."""


# psycopg's loader in C. Django's subclass in Python takes 25 times as long, and sets the same time zone: UTC (ADR 10).
TIMESTAMP_LOADER = adapters.get_loader(adapters.types["timestamptz"].oid, Format.TEXT)


class StatementCount(threading.local):
    """The number of statements that this thread has sent. BEGIN and COMMIT are not counted."""

    value = 0


STATEMENTS = StatementCount()


class CountedCursor(CursorWrapper):
    def _execute(self, *arguments: Any) -> Any:
        STATEMENTS.value += 1
        return super()._execute(*arguments)  # type: ignore[misc] # missing in the stubs

    def _executemany(self, *arguments: Any) -> Any:
        STATEMENTS.value += 1
        return super()._executemany(*arguments)  # type: ignore[misc] # missing in the stubs


class CountedDebugCursor(CountedCursor, base.CursorDebugWrapper):
    """Logs the statements as well, as Django does with DEBUG and in tests that capture statements."""


def fetch(statement: str, parameters: dict[str, Any] | None = None, alias: str = DEFAULT_DB_ALIAS) -> list[Any]:
    """Return all rows of a statement that is written by hand."""
    connection: Any = connections[alias]
    return connection.fetch(statement, parameters)  # type: ignore[no-any-return]


def execute(statement: str, parameters: dict[str, Any] | None = None) -> None:
    """Execute a statement that is written by hand and returns no rows."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)


@cache
def list_columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def make_instance(model: type[models.Model], *values: Any) -> Any:
    """Return an instance for a row of the database. The values are in the order of the model's columns (ADR 10)."""
    instance: Any = model.__new__(model)
    instance._state = ModelState()
    instance._state.db, instance._state.adding = DEFAULT_DB_ALIAS, False
    vars(instance).update(zip(list_columns(model), values, strict=True))
    return instance


class DatabaseWrapper(base.DatabaseWrapper):
    fetching_cursor: Any = None
    has_versions = True  # whether a row is unchanged if it has the `xmin` and `ctid` that were read before (ADR 76)
    known_rows: Any = ()  # once connected: the rows that this connection has read with their versions, by their keys

    def connect(self) -> None:
        """Connect. Forget all rows, because the connection may be one to another server.

        Raise ImproperlyConfigured if an app is left out whose rows the others go by.
        """
        super().connect()
        self.known_rows = {}
        try:
            check_left_out(self)
        except BaseException:
            self.close()
            raise

    def keep_row(self, key: Any, row: Any) -> None:
        """Add the row to `known_rows`, unless a pooler may pass the next statement to another server."""
        if self.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] or not self.has_versions:
            return
        if len(self.known_rows) >= MAX_KNOWN_ROWS:
            self.known_rows.clear()
        self.known_rows[key] = row
        if self.in_atomic_block:  # VACUUM FULL can give the version to what the transaction makes of the row later
            self.on_commit(self.known_rows.clear)

    def fetch(self, statement: str, parameters: dict[str, Any] | Sequence[Any] | None) -> list[Any]:
        """Return all rows of a statement. All statements use one cursor, while Django makes two objects for each."""
        if self.execute_wrappers or self.queries_logged:  # DEBUG or a test observes Django's cursors
            with self.cursor() as observed:
                observed.execute(statement, parameters)
                return observed.fetchall()  # type: ignore[no-any-return]
        if not self.health_check_done:  # type: ignore[attr-defined]  # missing in the stubs
            self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_no_broken_transaction()
        STATEMENTS.value += 1
        with self.wrap_database_errors:
            cursor = self.fetching_cursor
            if cursor is None or cursor.connection is not self.connection:
                cursor = self.fetching_cursor = self.connection.cursor()
            return cursor.execute(statement, parameters).fetchall()  # type: ignore[no-any-return]

    def make_cursor(self, cursor: Any) -> CountedCursor:
        return CountedCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> CountedDebugCursor:
        return CountedDebugCursor(cursor, self)

    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's parameters, with TIMESTAMP_LOADER."""
        parameters: dict[str, Any] = super().get_connection_params()
        parameters["context"] = AdaptersMap(parameters["context"])
        parameters["context"].register_loader("timestamptz", TIMESTAMP_LOADER)
        return parameters

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor, server-side if it has a name. Django would also check the time zone that the loader sets."""
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

    def _commit(self) -> None:
        """Commit. Raise CommitLost unless the server itself refused the COMMIT, which rolls the transaction back."""
        try:
            super()._commit()  # type: ignore[misc]  # missing in the stubs
        except Error as error:
            sqlstate = get_sqlstate(error)
            if sqlstate is None or sqlstate.startswith(LOST_CONNECTION_CLASSES):
                raise CommitLost(str(error)) from error.__cause__
            raise


def get_sqlstate(error: BaseException | None) -> str | None:
    """Return the SQLSTATE of PostgreSQL's error, None if the server did not respond."""
    return getattr(getattr(error, "__cause__", None), "sqlstate", None)


def read_with_reconnect(read: Callable[[], T], used: BaseDatabaseWrapper | None = None) -> T:
    """Run the first query of a request, which only reads. Repeat it on a new connection if the old one is broken.

    A connection whose prepared statements a migration has made unusable counts as broken, too.
    """
    connection = used or connections["default"]  # the primary
    if connection.in_atomic_block:
        return read()
    # Django's health check would add one round trip to each request, and a booking has only six.
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return read()
    except (OperationalError, InterfaceError, NotSupportedError) as error:
        if connection.connection is None or (get_sqlstate(error) != PLAN_CHANGED and connection.is_usable()):
            raise
        connection.close()
        return read()


def array(values: Iterable[Any]) -> str:
    """Return integers or plain words as PostgreSQL's text form of an array.

    This is faster than a list, because psycopg converts each element of a list separately.
    """
    return f"{{{','.join(map(str, values))}}}"
