"""Counts sign-ins and sign-ups in the database, before the work is done: exact over all processes and hosts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from inventory_api.client_address import client_address
from users import sql
from users.models import Attempt, User

SIGN_IN_WINDOW_SECONDS = 15 * 60
SIGN_UP_WINDOW_SECONDS = 60 * 60


@contextmanager
def sign_in(request: Request, username: str) -> Iterator[Callable[[], None]]:
    """Counts a wrong sign-in against the user name and the address; the block calls what it is given if it was right.

    Raises Throttled (429) before the block if there were too many, even if this one would be right.
    """
    name = User.normalize_username(username).casefold()
    keys = {
        f"sign-in:user:{name}": settings.LOGIN_TRIES_PER_USER,
        f"sign-in:address:{client_address(request)}": settings.LOGIN_TRIES_PER_ADDRESS,
    }
    for key, limit in keys.items():
        take(key, limit, SIGN_IN_WINDOW_SECONDS)
    yield lambda: give_back(*keys)


@contextmanager
def sign_up(request: Request) -> Iterator[None]:
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


def take(key: str, limit: int, window_seconds: int) -> None:
    """Count one more. Raises Throttled, with the seconds until the count starts anew, if that exceeds the limit."""
    if not limit:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.COUNT_ATTEMPT, {"key": key, "seconds": window_seconds})
        count, wait = cursor.fetchone()
    if count == 1:
        Attempt.objects.filter(expires_at__lt=timezone.now()).delete()
    if count > limit:
        raise Throttled(wait)


def give_back(*keys: str) -> None:
    Attempt.objects.filter(key__in=keys, count__gt=0).update(count=F("count") - 1)
