"""Counts new users and changes of names: nobody finds out by the hundred which names and addresses are taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from core.http.client_address import client_address
from core.violations import find_constraint
from users import login_throttling

WINDOW_SECONDS = 60 * 60
NAMES_PER_HOUR = 10
TAKEN = {"users_user_username", "users_user_username_key", "users_user_email"}


@contextmanager
def sign_up(request: Any) -> Iterator[None]:
    """Count a new user against the address, and one that is refused because its name or address is taken.

    Raise Throttled (429) before the block if there were too many within the hour.
    """
    with login_throttling.turn():
        key = address_key(request)
        login_throttling.take_one_of(key, settings.SIGNUPS_PER_ADDRESS, WINDOW_SECONDS)
        try:
            yield
        except Exception as error:
            if not is_taken(error):
                login_throttling.give_back(key)
            raise


def changes_name(request: Any) -> None:
    """Count a change of the caller's own name or e-mail address. Raise Throttled (429) after too many in the hour."""
    for key, limit in limits_of(request):
        login_throttling.take_one_of(key, limit, WINDOW_SECONDS)


@contextmanager
def names_others(request: Any) -> Iterator[None]:
    """Count names and addresses that the caller wants to give to others and that turn out to be taken.

    Raise Throttled (429) before the block if there were too many within the hour. The block may not be part of a
    transaction: a refusal would undo the count.
    """
    for key, limit in limits_of(request):
        login_throttling.refuse_if_closed(key, limit)
    try:
        yield
    except IntegrityError as error:
        if is_taken(error):
            changes_name(request)
        raise


def limits_of(request: Any) -> list[tuple[str, int]]:
    """Return the keys and limits of the caller and of its address: a user that was made for it gives no more tries."""
    return [(f"naming:user:{request.user.pk}", NAMES_PER_HOUR), (address_key(request), settings.SIGNUPS_PER_ADDRESS)]


def address_key(request: Any) -> str:
    return f"sign-up:address:{client_address(request)}"


def is_taken(error: Exception) -> bool:
    """Return whether the database refused a user because another one has its name or e-mail address."""
    constraint = find_constraint(error) if isinstance(error, IntegrityError) else None
    return constraint is not None and constraint.name in TAKEN
