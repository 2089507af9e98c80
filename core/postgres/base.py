"""A database backend that tells a lost COMMIT from every other lost connection."""

from django.db.backends.postgresql import base
from django.db.utils import Error, OperationalError

# https://www.postgresql.org/docs/current/errcodes-appendix.html: the connection failed, or the server ended it.
LOST_CONNECTION_CLASSES = ("08", "57P")


class CommitLost(OperationalError):
    """The connection broke during COMMIT, so nobody knows whether the transaction took effect."""


class DatabaseWrapper(base.DatabaseWrapper):
    def _commit(self) -> None:
        """Commit. Raise CommitLost if the connection broke before the response came."""
        try:
            super()._commit()  # type: ignore[misc]  # Django's own, which its stubs leave out
        except Error as error:
            raise_if_lost(error)
            raise


def raise_if_lost(error: Error) -> None:
    """Raise CommitLost unless the server itself refused the COMMIT, and so undid the transaction."""
    sqlstate = get_sqlstate(error)
    if sqlstate is None or sqlstate.startswith(LOST_CONNECTION_CLASSES):
        raise CommitLost(str(error)) from error.__cause__


def get_sqlstate(error: BaseException | None) -> str | None:
    """Return the SQLSTATE that PostgreSQL gave for an error of Django's, None if the server did not respond."""
    return getattr(getattr(error, "__cause__", None), "sqlstate", None)
