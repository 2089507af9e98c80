"""A transaction that survives being chosen as a deadlock's victim."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

MOST_TRIES = 4
# https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html: PostgreSQL has undone the whole
# transaction, and asks for it to be repeated from its beginning.
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"

ALLOW_SECONDS = """
SELECT set_config('statement_timeout', %(timeout)s, true),
    set_config('idle_in_transaction_session_timeout', %(timeout)s, true)
"""

P = ParamSpec("P")
T = TypeVar("T")


def atomic(function: Callable[P, T]) -> Callable[P, T]:
    """Run the function in a transaction, and again if PostgreSQL gave it up for another one's sake.

    Up to MOST_TRIES times; then the error is raised, and answered with 503. Only the outermost transaction repeats,
    since all of it is undone: so what the function does outside the database must bear repeating. Inside another
    transaction this is a savepoint.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        tries_left = 0 if connection.in_atomic_block else MOST_TRIES - 1
        while True:
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not tries_left or not was_given_up(error):
                    raise
                tries_left -= 1

    return run


def allow_seconds(seconds: int) -> None:
    """Let a statement, and what is done between two of them, take so long until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(ALLOW_SECONDS, {"timeout": f"{seconds}s"})


def was_given_up(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in (SERIALIZATION_FAILURE, DEADLOCK)
