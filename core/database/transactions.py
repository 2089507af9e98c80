"""Transactions: retries after a deadlock, account locks (in the order of ADR 16), time limits.

For a temporary error of the database there are 503 bodies: unavailable, locked, too slow, or outcome unknown.
"""

import functools
from collections.abc import Callable
from enum import StrEnum
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from django.db.transaction import TransactionManagementError
from rest_framework.permissions import SAFE_METHODS

from core.database import replicas
from core.database.postgres.base import CommitLost, execute, get_sqlstate
from core.translation import gettext_noop

MAX_TRIES = 4
# https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html: PostgreSQL has rolled back the
# whole transaction, and the client should retry it from its beginning.
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
LOCK_NOT_AVAILABLE = "55P03"

SET_TIME_LIMIT = """
SELECT set_config('statement_timeout', %(timeout)s, true),
    set_config('idle_in_transaction_session_timeout', %(timeout)s, true),
    CASE WHEN %(reads)s THEN set_config('plan_cache_mode', 'force_custom_plan', true) END
"""
# Citus sends SET LOCAL to the servers that execute the transaction's statements. It does not send set_config().
SET_TIME_LIMIT_ON_CITUS = (
    "SET LOCAL citus.propagate_set_commands = 'local'",
    "SET LOCAL statement_timeout = '{seconds}s'",
    "SET LOCAL idle_in_transaction_session_timeout = '{seconds}s'",
)
PLAN_FOR_VALUES_ON_CITUS = "SET LOCAL plan_cache_mode = force_custom_plan"

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"

LOCK_ACCOUNT = "SELECT pg_advisory_xact_lock(hashtextextended(%(what)s, %(owner)s))"
SHARE_ACCOUNT = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%(what)s, %(owner)s))"


class AccountLock(StrEnum):
    """The account-wide locks. A transaction that needs several locks acquires them in this order."""

    # The lock is always shared, so that it never waits. It marks the connections that run imports of the account.
    PROGRESS = "progress"
    IMPORTS = "imports"  # allows one import of an account at a time
    SUGGESTIONS = "suggestions"  # allows one transaction at a time to draft the suggestions for an account
    CATALOGUE = "catalogue"  # suppliers, categories and groups: exclusive to change one, shared to link to one
    SEALS = "seals"  # allows one sealing of an account at a time
    CLOSINGS = "closings"  # allows one closing of an account at a time
    TILLS = "tills"  # exclusive to add a till, so that there are never too many
    PICTURES = "pictures"  # exclusive to add a picture, so that there are never too many
    WEBHOOKS = "webhooks"  # exclusive to add a webhook, so that there are never too many
    CODES = "gtins"  # exclusive to compare new codes of goods. It is acquired when their rows are written.
    # Exclusive to number a reservation or an invoice. It is acquired after the rows of products and of the sale, and
    # nothing is locked after it.
    NUMBERS = "numbers"


P = ParamSpec("P")
T = TypeVar("T")


def atomic(function: Callable[P, T], get_alias: Callable[[], str] = lambda: DEFAULT_DB_ALIAS) -> Callable[P, T]:
    """Run the function in a transaction. Retry it after a deadlock or a serialization failure.

    After MAX_TRIES attempts raise the error, which becomes a 503. Effects of the function outside of the database must
    be repeatable. Inside another transaction this is a savepoint without retries, because PostgreSQL has rolled back
    the outer transaction too. A COMMIT whose response was lost (CommitLost) is not retried: it may have taken effect.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        alias = get_alias()
        tries_left = 0 if connections[alias].in_atomic_block else MAX_TRIES - 1
        while True:
            try:
                with transaction.atomic(using=alias):
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not tries_left or get_sqlstate(error) not in (SERIALIZATION_FAILURE, DEADLOCK):
                    raise
                tries_left -= 1

    return run


def atomic_reads(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function that only reads in a transaction like `atomic`, in the database that the current request reads."""
    return atomic(function, replicas.get_alias)


def atomic_snapshot(function: Callable[P, T]) -> Callable[P, T]:
    """Do what atomic_reads() does, and let all statements read the database as it was at one instant.

    Inside another transaction, they read what the statements of that transaction read.
    """

    def read(*args: P.args, **kwargs: P.kwargs) -> T:
        with connections[replicas.get_alias()].cursor() as cursor:
            cursor.execute(SNAPSHOT)
        return function(*args, **kwargs)

    in_transaction, in_snapshot = atomic_reads(function), atomic_reads(read)

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        is_nested = connections[replicas.get_alias()].in_atomic_block
        return (in_transaction if is_nested else in_snapshot)(*args, **kwargs)

    return run


def lock_account(owner_id: int, what: AccountLock, *, shared: bool = False) -> None:
    """Acquire the account's lock until this transaction ends. Call this before any row of the account is locked, except
    for NUMBERS and CODES.

    Holders of a shared lock do not wait for each other; an exclusive lock waits for all of them. PostgreSQL releases
    the lock with the transaction, so it works behind a pooler. Raise TransactionManagementError without a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("lock_account() needs a transaction: the lock ends with it.")
    execute(SHARE_ACCOUNT if shared else LOCK_ACCOUNT, {"what": str(what), "owner": owner_id})


def set_time_limit(seconds: int, *, reads: bool = False) -> None:
    """Set the time limits of a statement and of a pause between two statements until this transaction ends.

    A transaction that `reads` a lot does so in the database that the request reads from. Its statements are planned for
    their values: a plan kept for small accounts could take minutes in a large one. One that writes many rows leaves
    this out, because PostgreSQL would plan the checks of the foreign keys for each row.

    A command has no time limit, also behind a pooler, where it would have those of the role.
    """
    seconds = 0 if settings.IS_COMMAND else seconds
    with connections[replicas.get_alias() if reads else DEFAULT_DB_ALIAS].cursor() as cursor:
        if settings.DB_CITUS:
            for statement in [*SET_TIME_LIMIT_ON_CITUS, *[PLAN_FOR_VALUES_ON_CITUS] * reads]:
                cursor.execute(statement.format(seconds=seconds))
        else:
            cursor.execute(SET_TIME_LIMIT, {"timeout": f"{seconds}s", "reads": reads})


def is_lock_timeout(error: OperationalError) -> bool:
    """Return whether the statement has waited for a lock for longer than DB_LOCK_TIMEOUT."""
    return get_sqlstate(error) == LOCK_NOT_AVAILABLE


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
QUERY_CANCELED = "57014"  # caused by statement_timeout; a cancellation by an administrator looks the same


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
