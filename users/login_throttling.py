"""Counts sign-ins in the database, before the work is done: exact over all processes and hosts.

An address has a limit of wrong sign-ins in a window. A user name has one for each network, and one for all networks
from which its user has not signed in lately: some tries are free, then one is judged after each pause, and 15 minutes
after the first pause began the count starts anew. docs/decisions/0018-guessing-limits.md has the numbers. The work
itself, hashing a password, is done one at a time by each process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Now
from rest_framework import status
from rest_framework.exceptions import APIException, Throttled

from core.http.client_address import client_address, client_network
from core.transactions import atomic
from users import events, networks, sql
from users.models import Attempt

SIGN_IN_WINDOW_SECONDS = 15 * 60
FIRST_PAUSE_SECONDS = 30
LOCK_SECONDS = 15 * 60
NETWORKS_PER_NAME = 3  # a name is closed to unknown networks after the tries of three of them: one alone can't do it
PAIR, NAME = "sign-in:user:", "sign-in:name:"

# A process has one core to hash on. That right sign-ins wait for each other here keeps them from counting as wrong
# ones all at once, which they do until they are judged.
SIGN_INS_AT_ONCE = 1
PATIENCE_SECONDS = 5
turns = BoundedSemaphore(SIGN_INS_AT_ONCE)


class TooBusy(APIException):
    """So many are signing in that one's turn does not come."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "too_busy"
    default_detail = "Too many are signing in at this moment. Try again in a moment."
    wait = 1  # seconds


@contextmanager
def turn() -> Iterator[None]:
    """One's turn to hash; raises TooBusy (503) if it does not come in time. To be taken before any lock of a row."""
    if not turns.acquire(timeout=PATIENCE_SECONDS):
        raise TooBusy
    try:
        yield
    finally:
        turns.release()


@contextmanager
def sign_in(request: Any, username: str) -> Iterator[Callable[[], None]]:
    """Count a wrong sign-in by address, user name and network; the block calls what it is given if it was right.

    Raise Throttled (429) before the block if one of the counts is closed, even if this sign-in would be right; a
    refused one is not judged, and does not count.
    """
    with turn():
        keys = keys_of(request, username)
        lock_begins = count(keys)

        def succeeded() -> None:
            nonlocal lock_begins
            lock_begins = False
            forget_right_one(keys)
            networks.learn(username, client_network(request))

        try:
            yield succeeded
        finally:
            if lock_begins:
                events.sign_in_locked(username, request)


class Keys(NamedTuple):
    """Under which a sign-in is counted: its address, its user name and network, and the name in unknown networks."""

    address: str
    pair: str
    name: str | None  # None in a network from which the user has signed in lately


def keys_of(request: Any, username: str) -> Keys:
    network = client_network(request)
    name, is_known = networks.look_up(username, network)
    address, pair = f"sign-in:address:{client_address(request)}", f"{PAIR}{name}:{network}"
    return Keys(address, pair, None if is_known else f"{NAME}{name}")


def count(keys: Keys) -> bool:
    """Count one more try under each key, or under none of them. Return whether a lock begins or goes on with it.

    Raise Throttled if one of them is closed.
    """
    tries, lock_begins = count_all(keys)
    forget_what_is_over(tries)
    return lock_begins


@atomic
def count_all(keys: Keys) -> tuple[int, bool]:
    """Take the rows in one order, whoever signs in: address, name, name and network."""
    tries = take(keys.address, settings.LOGIN_TRIES_PER_ADDRESS, SIGN_IN_WINDOW_SECONDS)
    limit = settings.LOGIN_TRIES_PER_USER
    name_locks = keys.name is not None and take_with_pauses(keys.name, limit * NETWORKS_PER_NAME)
    return tries, take_with_pauses(keys.pair, limit) or name_locks


def forget_right_one(keys: Keys) -> None:
    """Forget the wrong tries of this network under the name; take no more than this one back from the other counts.

    An attacker may have a name of its own, and the user may sign in again and again while it is guessed at.
    """
    give_back(keys.address)
    if keys.name:
        give_back(keys.name)
    Attempt.objects.filter(key=keys.pair).delete()


def forget_name(username: str) -> bool:
    """Forget the wrong tries under the name, from all networks. Return whether there were any."""
    name, _ = networks.look_up(username, "")
    return Attempt.objects.filter(Q(key=f"{NAME}{name}") | Q(key__startswith=f"{PAIR}{name}:")).delete()[0] > 0


def take_one_of(key: str, limit: int, window_seconds: int) -> None:
    """Count one more outside of a transaction. Raise Throttled if there were enough already."""
    forget_what_is_over(take(key, limit, window_seconds))


def refuse_if_closed(key: str, limit: int) -> None:
    """Raise Throttled if there were enough within the window. Count nothing."""
    closed = Attempt.objects.filter(key=key, count__gte=limit, expires_at__gt=Now())
    if limit and (left := closed.values_list(F("expires_at") - Now(), flat=True).first()):
        raise throttled(left.total_seconds())


def forget_what_is_over(tries: int) -> None:
    """Delete what counts no more, each time that a window begins."""
    if tries == 1:
        execute(sql.FORGET_WHAT_IS_OVER)


def take(key: str, limit: int, window_seconds: int) -> int:
    """Count one more and return the count, 0 without a limit.

    Raise Throttled, with the seconds until the count starts anew, if there were enough already.
    """
    if not limit:
        return 0
    tries = counted(sql.COUNT_IN_WINDOW, key=key, limit=limit, seconds=window_seconds)
    if tries is None:
        left = Attempt.objects.filter(key=key).values_list(F("expires_at") - Now(), flat=True).first()
        raise throttled(left.total_seconds() if left else 0)
    return int(tries)


def take_with_pauses(key: str, limit: int) -> bool:
    """Count one more; return whether a pause begins with it. Raise Throttled, with its rest, while there is one."""
    if not limit:
        return False
    rule = {"key": key, "limit": limit, "first_pause": FIRST_PAUSE_SECONDS, "lock": LOCK_SECONDS}
    tries = counted(sql.COUNT_WITH_PAUSES, **rule)
    if tries is None:
        raise throttled(float(counted(sql.SECONDS_UNTIL_OPEN, **rule) or 0))
    return bool(tries >= limit)


def counted(statement: str, **parameters: Any) -> Any:
    """Return the number that the statement answers; None if it answers no row."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def execute(statement: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def throttled(seconds: float) -> Throttled:
    """Return a 429 that says how long to wait: at least a second."""
    return Throttled(max(1.0, seconds))


def give_back(key: str) -> None:
    Attempt.objects.filter(key=key, count__gt=0).update(count=F("count") - 1)
