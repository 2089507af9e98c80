"""Transactions: repeat one that PostgreSQL gave up, lock an account, allow more time.

The order in which a transaction takes its locks is written in docs/decisions/0016-the-order-of-locks.md.
"""

import functools
from collections.abc import Callable
from enum import StrEnum
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from core.postgres.base import get_sqlstate

MAX_TRIES = 4
# https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html: PostgreSQL has undone the whole
# transaction, and asks for it to be repeated from its beginning.
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
LOCK_NOT_AVAILABLE = "55P03"

SET_TIME_LIMIT = """
SELECT set_config('statement_timeout', %(timeout)s, true),
    set_config('idle_in_transaction_session_timeout', %(timeout)s, true)
"""

LOCK_ACCOUNT = "SELECT pg_advisory_xact_lock(hashtextextended(%(what)s, %(owner)s))"
SHARE_ACCOUNT = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%(what)s, %(owner)s))"


class AccountLock(StrEnum):
    """What an account-wide lock protects. A transaction that needs several takes them in this order."""

    IMPORTS = "imports"  # imports of one account run one after the other
    CATALOGUE = "catalogue"  # its suppliers and categories: exclusive to rename or delete one, shared to link to one


P = ParamSpec("P")
T = TypeVar("T")


def atomic(function: Callable[P, T]) -> Callable[P, T]:
    """Run the function in a transaction, and again if PostgreSQL gave it up for another one's sake.

    Try at most MAX_TRIES times; then raise the error, which is answered with 503. Only the outermost transaction
    repeats, since all of it is undone: so what the function does outside the database must bear repeating. Inside
    another transaction this is a savepoint. Never repeat after a COMMIT whose response was lost (CommitLost): it may
    have taken effect.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        tries_left = 0 if connection.in_atomic_block else MAX_TRIES - 1
        while True:
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not tries_left or not is_retryable(error):
                    raise
                tries_left -= 1

    return run


def lock_account(owner_id: int, what: AccountLock, *, shared: bool = False) -> None:
    """Lock one thing of the account until this transaction ends, before any row of the account is locked.

    Holders of a shared lock do not wait for each other; an exclusive lock waits for all of them. PostgreSQL releases
    the lock with the transaction, so it works behind a pooler. Raises TransactionManagementError without a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("lock_account() needs a transaction: without one it would hold nothing.")
    with connection.cursor() as cursor:
        cursor.execute(SHARE_ACCOUNT if shared else LOCK_ACCOUNT, {"what": str(what), "owner": owner_id})


def set_time_limit(seconds: int) -> None:
    """Let a statement, and what is done between two of them, take so long until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(SET_TIME_LIMIT, {"timeout": f"{seconds}s"})


def is_retryable(error: OperationalError) -> bool:
    """Return whether PostgreSQL undid the transaction and asks for it to be repeated."""
    return get_sqlstate(error) in (SERIALIZATION_FAILURE, DEADLOCK)


def is_lock_timeout(error: OperationalError) -> bool:
    """Return whether the statement waited for a lock for longer than DB_LOCK_TIMEOUT."""
    return get_sqlstate(error) == LOCK_NOT_AVAILABLE
