"""Counts sign-ins and sign-ups in the database, before the work is done: exact over all processes and hosts.

An address may be wrong so often within a window. A user name has some free tries, and then one after each pause, which
grows from try to try. The work itself, hashing a password, is done one at a time by each process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from rest_framework import status
from rest_framework.exceptions import APIException, Throttled

from inventory_api.client_address import client_address
from users import events, sql
from users.models import Attempt, User

SIGN_IN_WINDOW_SECONDS = 15 * 60
SIGN_UP_WINDOW_SECONDS = 60 * 60
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 15 * 60
MEMORY_SECONDS = 15 * 60  # after the last pause the name's count is forgotten

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
    """Counts a wrong sign-in against the user name and the address; the block calls what it is given if it was right.

    A right one forgets the name's count, but takes back no more than itself from the address: an attacker may have a
    name of its own. Raises Throttled (429) before the block if there were too many, even if this one would be right;
    a refused one is not judged, and does not count.
    """
    with turn():
        address, name = f"sign-in:address:{client_address(request)}", name_key(username)
        take(address, settings.LOGIN_TRIES_PER_ADDRESS, SIGN_IN_WINDOW_SECONDS)
        try:
            closes = take_with_pauses(name, settings.LOGIN_TRIES_PER_USER)
        except Throttled:
            give_back(address)
            raise

        def succeeded() -> None:
            nonlocal closes
            closes = False
            execute(sql.RIGHT_SIGN_IN, address=address, name=name)

        try:
            yield succeeded
        finally:
            if closes:
                events.sign_in_locked(username, request)


@contextmanager
def sign_up(request: Any) -> Iterator[None]:
    """Counts a new user against the address; one that is not created after all does not count.

    Raises Throttled (429) if there were too many within the hour.
    """
    with turn():
        key = f"sign-up:address:{client_address(request)}"
        take(key, settings.SIGNUPS_PER_ADDRESS, SIGN_UP_WINDOW_SECONDS)
        try:
            yield
        except Exception:
            give_back(key)
            raise


def name_key(username: str) -> str:
    """The same short text for all spellings that find the same user: by the database's own lower()."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower(%s)", [User.normalize_username(username)])
        return f"sign-in:user:{sha256(cursor.fetchone()[0].encode()).hexdigest()}"


def take(key: str, limit: int, window_seconds: int) -> None:
    """Count one more. Raises Throttled, with the seconds until the count starts anew, if there were enough already.

    With every window that begins, what is over is forgotten.
    """
    if not limit:
        return
    count = counted(sql.COUNT_IN_WINDOW, key=key, limit=limit, seconds=window_seconds)
    if count is None:
        raise throttled(key)
    if count == 1:
        execute(sql.FORGET_WHAT_IS_OVER)


def take_with_pauses(key: str, limit: int) -> bool:
    """Count one more; whether a pause begins with it. Raises Throttled, with the rest of it, while there is one."""
    if not limit:
        return False
    count = counted(
        sql.COUNT_WITH_PAUSES,
        key=key,
        limit=limit,
        pause_after_one=FIRST_PAUSE_SECONDS if limit == 1 else 0,
        first_pause=FIRST_PAUSE_SECONDS,
        longest_pause=LONGEST_PAUSE_SECONDS,
        memory=MEMORY_SECONDS,
    )
    if count is None:
        raise throttled(key, MEMORY_SECONDS)
    return count >= limit


def counted(statement: str, **parameters: Any) -> int | None:
    """The count with this attempt, or None if there were enough."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def execute(statement: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def throttled(key: str, memory_seconds: int = 0) -> Throttled:
    """Says how long the key is closed: until it is forgotten, or so much earlier; at least a second."""
    left = Attempt.objects.filter(key=key).values_list(F("expires_at") - Now(), flat=True).first()
    return Throttled(max(1.0, left.total_seconds() - memory_seconds) if left else 1.0)


def give_back(key: str) -> None:
    Attempt.objects.filter(key=key, count__gt=0).update(count=F("count") - 1)


def forget(key: str) -> bool:
    """Whether there was something to forget."""
    return Attempt.objects.filter(key=key).delete()[0] > 0
