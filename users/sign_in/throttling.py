"""Count sign-ins in the database before the password is checked, so that counts are exact over all processes and hosts.

An address has a limit of wrong sign-ins in a window. A user name has a limit in each network, and another one in all
networks from which its user has not signed in lately. A name at its limit is locked: one attempt is checked after each
pause, and the lock ends 15 minutes after the first pause began. docs/decisions/0018-guessing-limits.md has the numbers.
Each process hashes one password at a time.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from hashlib import sha256
from operator import or_
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from rest_framework import status
from rest_framework.exceptions import APIException, Throttled, ValidationError

from core.database.postgres.base import execute, fetch
from core.database.transactions import atomic
from users.access.permissions import Caller
from users.errors import WRONG_PASSWORD
from users.events import services as events
from users.models import AttemptCounter, EventKind, User
from users.sign_in import sql

SIGN_IN_WINDOW_SECONDS = 15 * 60
FIRST_PAUSE_SECONDS = 30
LOCK_SECONDS = 15 * 60
# Unknown networks together have the attempts of three, so that one network can't lock the name in all of them.
NETWORKS_PER_NAME = 3
WRONG_SIGN_INS_TOLD = 5  # the wrong sign-ins in a row that are a security event: more than a user mistypes
MAX_DAYS_UNUSED = 90  # a network from which its user has not signed in for so long is unknown again
MAX_NETWORKS = 10  # the limit of one user; beyond it, the least recently used network is deleted
PAIR, NAME = "sign-in:user:", "sign-in:name:"

# A process has one core to hash on. Sign-ins count as wrong until they are checked. So without this limit, many
# simultaneous sign-ins with the right password would reach the limit of wrong ones.
MAX_HASHES_AT_ONCE = 1
MAX_SLOT_WAIT_SECONDS = 5
hashing_slots = BoundedSemaphore(MAX_HASHES_AT_ONCE)


class TooBusy(APIException):
    """No hashing slot became free in time."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "too_busy"
    default_detail = gettext_lazy("Too many users are signing in at this moment. Try again in a moment.")
    wait = 1  # seconds


@contextmanager
def hashing_slot() -> Iterator[None]:
    """Acquire a hashing slot, or raise TooBusy (503). Call this before locking any row."""
    if not hashing_slots.acquire(timeout=MAX_SLOT_WAIT_SECONDS):
        raise TooBusy
    try:
        yield
    finally:
        hashing_slots.release()


@contextmanager
def limit_sign_in(*, by: Caller, username: str) -> Iterator[Callable[..., None]]:
    """Count the block as a wrong sign-in, unless it calls the yielded function after a successful one.

    A success clears the counter of the name in this network, unless a second step follows (`is_complete=False`). The
    others are not cleared: an attacker may have a valid account, and the user may sign in while others guess.

    Raise Throttled (429) before the block if one of the counters is at its limit, even if this sign-in would succeed. A
    throttled sign-in is not counted. Raise TooBusy (503) if there is no hashing slot.
    """
    with hashing_slot():
        name_hash, is_known = look_up_name(username, by.network)
        name = None if is_known else f"{NAME}{name_hash}"
        keys = CounterKeys(f"sign-in:address:{by.address}", f"{PAIR}{name_hash}:{by.network}", name)
        tries, kind = increment_all(keys)
        delete_expired_after_first(tries)

        def succeeded(*, is_complete: bool = True) -> None:
            nonlocal kind
            kind = None
            decrement(keys.address)
            if keys.name:
                decrement(keys.name)
            if is_complete:
                AttemptCounter.objects.filter(key=keys.pair).delete()
                remember_network(username, by.network)
            else:
                decrement(keys.pair)

        try:
            yield succeeded
        finally:
            if kind and (user := User.objects.named(username).first()):
                events.record_security_event(by=by, user=user, kind=kind)


@sensitive_variables("password")
def prove_password(*, by: Caller, user: User, password: str) -> None:
    """Raise ValidationError unless this is the user's password. A wrong one counts as a wrong sign-in."""
    with limit_sign_in(by=by, username=user.get_username()) as succeeded:
        if not user.check_password(password):
            raise ValidationError({"password": [WRONG_PASSWORD]})
        succeeded()


class CounterKeys(NamedTuple):
    """The keys of the counters of a sign-in. They contain a hash of the name, not the name itself."""

    address: str
    pair: str  # counts the name in this network
    name: str | None  # counts the name in all unknown networks; None if the user has signed in from this one lately


def look_up_name(username: str, network: str) -> tuple[str, bool]:
    """Return a hash of the user name, and whether its user has signed in from the network lately.

    All spellings that find the same user have the same hash, because lower() of the database is applied first.
    """
    values = {"name": User.normalize_username(username), "network": network, "days": MAX_DAYS_UNUSED}
    [(lower, is_known)] = fetch(sql.FIND_NAME_AND_NETWORK, values)
    return sha256(lower.encode()).hexdigest(), is_known


def remember_network(username: str, network: str) -> None:
    """Store that the user of this name has signed in from the network with its current password."""
    for (user,) in fetch(sql.REMEMBER_NETWORK, {"name": User.normalize_username(username), "network": network}):
        execute(sql.DELETE_OLD_NETWORKS, {"user": user, "days": MAX_DAYS_UNUSED, "most": MAX_NETWORKS})


@atomic
def increment_all(keys: CounterKeys) -> tuple[int, EventKind | None]:
    """Increment all counters of the keys, or none of them: raise Throttled if one of them is at its limit.

    The rows are locked in the same order: address, name, pair. Return the count of the address, and the security event
    to record if this sign-in is wrong.
    """
    tries = increment(keys.address, settings.LOGIN_TRIES_PER_ADDRESS, SIGN_IN_WINDOW_SECONDS)
    limit = settings.LOGIN_TRIES_PER_USER
    limits = {keys.name: limit * NETWORKS_PER_NAME, keys.pair: limit}
    counts = {key: increment_with_pauses(key, most) for key, most in limits.items() if key is not None and most}
    if any(count >= limits[key] for key, count in counts.items()):  # a pause begins
        return tries, EventKind.SIGN_IN_LOCKED
    return tries, EventKind.SIGN_IN_FAILED if WRONG_SIGN_INS_TOLD in counts.values() else None


def clear_name(username: str) -> bool:
    """Delete the counters of the name in all networks. Return whether any existed."""
    name_hash, _ = look_up_name(username, "")
    counters = AttemptCounter.objects.filter(Q(key=f"{NAME}{name_hash}") | Q(key__startswith=f"{PAIR}{name_hash}:"))
    return counters.delete()[0] > 0


def find_locked(users: Iterable[User]) -> set[int]:
    """Return the ids of the users whose names are locked, in a network or in all unknown ones."""
    if not (limit := settings.LOGIN_TRIES_PER_USER):
        return set()
    names = User.objects.filter(pk__in=[user.pk for user in users]).values_list("pk", Lower("username"))
    hashes = {sha256(lower.encode()).hexdigest(): pk for pk, lower in names}
    in_networks = reduce(or_, (Q(key__startswith=f"{PAIR}{name_hash}:") for name_hash in hashes))
    in_all = Q(key__in=[f"{NAME}{name_hash}" for name_hash in hashes], count__gte=limit * NETWORKS_PER_NAME)
    counters = AttemptCounter.objects.filter(in_networks | in_all, count__gte=limit, expires_at__gt=Now())
    return {hashes[key.split(":")[2]] for key in counters.values_list("key", flat=True)}


def consume(key: str, limit: int, window_seconds: int) -> None:
    """Increment the counter outside of a transaction. Raise Throttled if it is at its limit."""
    delete_expired_after_first(increment(key, limit, window_seconds))


def refuse_at_limit(key: str, limit: int) -> None:
    """Raise Throttled if the counter is at its limit. This does not increment it."""
    full = AttemptCounter.objects.filter(key=key, count__gte=limit, expires_at__gt=Now())
    if limit and (left := full.values_list(F("expires_at") - Now(), flat=True).first()):
        raise build_throttled(left.total_seconds())


def delete_expired_after_first(tries: int) -> None:
    """Delete expired counters if `tries` is 1, which happens once in each window."""
    if tries == 1:
        execute(sql.DELETE_EXPIRED_ATTEMPTS)


def increment(key: str, limit: int, window_seconds: int) -> int:
    """Increment the counter and return it. Return 0 if the limit is 0, which means no limit.

    If the counter is at its limit, raise Throttled with the seconds until the window ends.
    """
    if not limit:
        return 0
    tries = fetch_value(sql.COUNT_IN_WINDOW, key=key, limit=limit, seconds=window_seconds)
    if tries is None:
        left = AttemptCounter.objects.filter(key=key).values_list(F("expires_at") - Now(), flat=True).first()
        raise build_throttled(left.total_seconds() if left else 0)
    return int(tries)


def increment_with_pauses(key: str, limit: int) -> int:
    """Increment the counter and return it. During a pause, raise Throttled with the remaining seconds."""
    rule = {"key": key, "limit": limit, "first_pause": FIRST_PAUSE_SECONDS, "lock": LOCK_SECONDS}
    tries = fetch_value(sql.COUNT_WITH_PAUSES, **rule)
    if tries is None:
        raise build_throttled(float(fetch_value(sql.SECONDS_UNTIL_OPEN, **rule) or 0))
    return int(tries)


def decrement(key: str) -> None:
    AttemptCounter.objects.filter(key=key, count__gt=0).update(count=F("count") - 1)


def fetch_value(statement: str, **parameters: Any) -> Any:
    found = fetch(statement, parameters)
    return found[0][0] if found else None


def build_throttled(seconds: float) -> Throttled:
    """Return the error (429) with the seconds to wait, at least one."""
    return Throttled(max(1.0, seconds))
