"""The 503 bodies for temporary database errors: unavailable, locked, too slow, or outcome unknown."""

from django.db import InterfaceError, InternalError, OperationalError
from rest_framework.permissions import SAFE_METHODS

from core.database.postgres.base import CommitLost, get_sqlstate
from core.translation import gettext_noop

AWAY = gettext_noop("The database is not available. Try again in a moment.")
UNAVAILABLE = {"detail": AWAY, "code": "database_unavailable"}
LOCKED = {
    "detail": gettext_noop(
        "Another request is changing the same rows, and takes long. Nothing was changed. Try again in a moment."
    ),
    "code": "locked",
}
TOOK_TOO_LONG = {
    "detail": gettext_noop(
        "The database stopped this request at its time limit. Choose a shorter period or a narrower filter."
    ),
    "code": "took_too_long",
}
OUTCOME_UNKNOWN = {
    "detail": gettext_noop(
        "The connection to the database broke at the end, so the change may have taken effect. Send it again with"
        " the same Idempotency-Key, or check its effect before you repeat it."
    ),
    "code": "outcome_unknown",
}
RETRY_LATER = {"Retry-After": "1"}  # seconds

# The codes of temporary errors, from https://www.postgresql.org/docs/current/errcodes-appendix.html: a lost connection,
# too few resources (such as connections), a server that is shutting down, a read-only server, and the timeouts of
# transactions. In LOCKED_STATES the database is well, and other transactions are in the way: a lock timeout, a
# serialization failure and a deadlock.
AWAY_CLASSES = ("08", "53", "57P", "58")
AWAY_STATES = ("25006", "25P03", "25P04")
LOCKED_STATES = ("55P03", "40001", "40P01")
QUERY_CANCELED = "57014"  # caused by statement_timeout; an administrator's pg_cancel_backend() looks the same


def database_refusal(error: BaseException | None, method: str | None) -> tuple[dict[str, str], dict[str, str]] | None:
    """Return the body and headers of the 503 for a temporary database error, or None for any other error."""
    if isinstance(error, CommitLost) and method not in SAFE_METHODS:  # the outcome of a read is never unknown
        return OUTCOME_UNKNOWN, {}
    if isinstance(error, OperationalError) and get_sqlstate(error) == QUERY_CANCELED:
        return TOOK_TOO_LONG, {}
    if not is_database_away(error):
        return None
    return (LOCKED if get_sqlstate(error) in LOCKED_STATES else UNAVAILABLE), RETRY_LATER


def is_database_away(error: BaseException | None) -> bool:
    """Return whether the same request may soon succeed, when the database is back or less busy."""
    if not isinstance(error, OperationalError | InterfaceError | InternalError):
        return False
    sqlstate = get_sqlstate(error)
    if sqlstate is None:  # the server did not respond
        return not isinstance(error, InternalError)
    return bool(sqlstate.startswith(AWAY_CLASSES) or sqlstate in (*AWAY_STATES, *LOCKED_STATES))
