"""PostgreSQL's backend, with faster timestamps, and with an error of its own for a COMMIT whose response was lost."""

from typing import Any

from django.db.backends.postgresql import base
from django.db.utils import Error, OperationalError
from psycopg import adapters
from psycopg.adapt import AdaptersMap
from psycopg.pq import Format

# https://www.postgresql.org/docs/current/errcodes-appendix.html: the connection failed, or the server ended it.
LOST_CONNECTION_CLASSES = ("08", "57P")


class CommitLost(OperationalError):
    """The connection broke during COMMIT, so it is unknown whether the transaction took effect."""


# psycopg's loader in C. Django's subclass in Python takes 25 times as long, and sets the same time zone: UTC (ADR 10).
TIMESTAMP_LOADER = adapters.get_loader(adapters.types["timestamptz"].oid, Format.TEXT)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's parameters, with TIMESTAMP_LOADER."""
        parameters: dict[str, Any] = super().get_connection_params()
        parameters["context"] = AdaptersMap(parameters["context"])
        parameters["context"].register_loader("timestamptz", TIMESTAMP_LOADER)
        return parameters

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor, on the server if it has a name, without Django's check of the loader's time zone."""
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

    def _commit(self) -> None:
        """Commit. Raise CommitLost if the connection broke before the response came."""
        try:
            super()._commit()  # type: ignore[misc]  # missing in the stubs
        except Error as error:
            raise_if_lost(error)
            raise


def raise_if_lost(error: Error) -> None:
    """Raise CommitLost unless the server itself refused the COMMIT, which rolls the transaction back."""
    sqlstate = get_sqlstate(error)
    if sqlstate is None or sqlstate.startswith(LOST_CONNECTION_CLASSES):
        raise CommitLost(str(error)) from error.__cause__


def get_sqlstate(error: BaseException | None) -> str | None:
    """Return the SQLSTATE of PostgreSQL's error, None if the server did not respond."""
    return getattr(getattr(error, "__cause__", None), "sqlstate", None)
