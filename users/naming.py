"""Counts new users and changes of names: nobody finds out by the hundred which names and addresses are taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models.functions import Now

from inventory_api.client_address import client_address
from inventory_api.errors import find_constraint
from users import attempts
from users.models import Attempt, User

SIGN_UP_WINDOW_SECONDS = 60 * 60
NAMES_PER_HOUR = 10
NAMING_WINDOW_SECONDS = 60 * 60
TAKEN = {"users_user_username", "users_user_username_key", "users_user_email"}


@contextmanager
def sign_up(request: Any) -> Iterator[None]:
    """Count a new user against the address, and one that is refused because its name or address is taken.

    Raise Throttled (429) before the block if there were too many within the hour.
    """
    with attempts.turn():
        key = f"sign-up:address:{client_address(request)}"
        attempts.take_one_of(key, settings.SIGNUPS_PER_ADDRESS, SIGN_UP_WINDOW_SECONDS)
        try:
            yield
        except Exception as error:
            if not is_taken(error):
                attempts.give_back(key)
            raise


def changes_name(user: User) -> None:
    """Count a change of the user's own name or e-mail address. Raise Throttled (429) after too many within the hour."""
    attempts.take_one_of(naming_key(user), NAMES_PER_HOUR, NAMING_WINDOW_SECONDS)


@contextmanager
def names_others(user: User) -> Iterator[None]:
    """Count names and addresses that the user wants to give to others and that turn out to be taken.

    Raise Throttled (429) before the block if there were too many within the hour. The block may not be part of a
    transaction: a refusal would undo the count.
    """
    key = naming_key(user)
    if Attempt.objects.filter(key=key, count__gte=NAMES_PER_HOUR, expires_at__gt=Now()).exists():
        attempts.take_one_of(key, NAMES_PER_HOUR, NAMING_WINDOW_SECONDS)
    try:
        yield
    except IntegrityError as error:
        if is_taken(error):
            attempts.take_one_of(key, NAMES_PER_HOUR, NAMING_WINDOW_SECONDS)
        raise


def naming_key(user: User) -> str:
    return f"naming:user:{user.pk}"


def is_taken(error: Exception) -> bool:
    """Return whether the database refused a user because another one has its name or e-mail address."""
    constraint = find_constraint(error) if isinstance(error, IntegrityError) else None
    return constraint is not None and constraint.name in TAKEN
