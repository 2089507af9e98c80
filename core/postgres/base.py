"""A database backend that distinguishes a COMMIT whose response was lost from other lost connections."""

from django.db.backends.postgresql import base
from django.db.utils import Error, OperationalError

# https://www.postgresql.org/docs/current/errcodes-appendix.html: the connection failed, or the server ended it.
LOST_CONNECTION_CLASSES = ("08", "57P")


class CommitLost(OperationalError):
    """The connection broke during COMMIT, so it is unknown whether the transaction took effect."""


class DatabaseWrapper(base.DatabaseWrapper):
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
