"""Counts sign-ins and sign-ups in the database, before the work is done: exact over all processes and hosts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from rest_framework.exceptions import Throttled

from inventory_api.client_address import client_address
from users import sql
from users.models import Attempt, User

SIGN_IN_WINDOW_SECONDS = 15 * 60
SIGN_UP_WINDOW_SECONDS = 60 * 60


@contextmanager
def sign_in(request: Any, username: str) -> Iterator[Callable[[], None]]:
    """Counts a wrong sign-in against the user name and the address; the block calls what it is given if it was right.

    Raises Throttled (429) before the block if there were too many, even if this one would be right. A refused one is
    not judged, and does not count.
    """
    address, name = f"sign-in:address:{client_address(request)}", f"sign-in:user:{same_for_all_spellings(username)}"
    take(address, settings.LOGIN_TRIES_PER_ADDRESS, SIGN_IN_WINDOW_SECONDS)
    try:
        take(name, settings.LOGIN_TRIES_PER_USER, SIGN_IN_WINDOW_SECONDS)
    except Throttled:
        give_back(address)
        raise
    yield lambda: give_back(address, name)


@contextmanager
def sign_up(request: Any) -> Iterator[None]:
    """Counts a new user against the address; one that is not created after all does not count.

    Raises Throttled (429) if there were too many within the hour.
    """
    key = f"sign-up:address:{client_address(request)}"
    take(key, settings.SIGNUPS_PER_ADDRESS, SIGN_UP_WINDOW_SECONDS)
    try:
        yield
    except Exception:
        give_back(key)
        raise


def same_for_all_spellings(username: str) -> str:
    """A short text that is the same for all spellings that find the same user: by the database's own lower()."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower(%s)", [User.normalize_username(username)])
        return sha256(cursor.fetchone()[0].encode()).hexdigest()


def take(key: str, limit: int, window_seconds: int) -> None:
    """Count one more. Raises Throttled, with the seconds until the count starts anew, if there were enough already."""
    if not limit:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.COUNT_ATTEMPT, {"key": key, "limit": limit, "seconds": window_seconds})
        row = cursor.fetchone()
    if row is None:
        raise Throttled(wait(key))
    if row == (1,):
        Attempt.objects.filter(expires_at__lt=timezone.now()).delete()


def wait(key: str) -> float:
    """Seconds until the count starts anew, at least one."""
    expires_at = Attempt.objects.filter(key=key).values_list("expires_at", flat=True).first()
    return max(1.0, (expires_at - timezone.now()).total_seconds()) if expires_at else 1.0


def give_back(*keys: str) -> None:
    Attempt.objects.filter(key__in=keys, count__gt=0).update(count=F("count") - 1)
