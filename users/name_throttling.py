"""Limit sign-ups, changed names and mail: nobody finds accounts by trying many names, or causes many mails."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError

from core.database.constraints import find_constraint
from users import login_throttling, sql
from users.callers import Caller
from users.models import User

WINDOW_SECONDS = 60 * 60
MAX_NAMES_PER_HOUR = 10
MAX_RESETS_PER_HOUR = 5  # the limit for one user name or e-mail address
MAX_INVITATIONS_PER_HOUR = 20  # the limit for one owner
MAX_CONFIRMATIONS_PER_HOUR = 5  # the limit of the links with which one user confirms its e-mail address
UNIQUE_NAMES = {"users_user_username", "users_user_username_key", "users_user_email"}


@contextmanager
def limit_sign_ups(*, by: Caller) -> Iterator[None]:
    """Count a sign-up against the address if it succeeds, or if it is refused because its name or address is taken.

    Raise Throttled (429) before the block if there were too many within the hour.
    """
    with login_throttling.hashing_slot():
        key = build_address_key(by)
        login_throttling.consume(key, settings.SIGNUPS_PER_ADDRESS, WINDOW_SECONDS)
        try:
            yield
        except Exception as error:
            if not is_taken(error):
                login_throttling.decrement(key)
            raise


@contextmanager
def limit_name_change(*, by: Caller, user: User) -> Iterator[None]:
    """Count a new name or e-mail address. One's own is always counted, that of another user only if it is taken."""
    if user.pk == by.user_id:
        count_name(by)
        yield
    else:
        with count_taken_names(by=by):
            yield


@contextmanager
def count_taken_names(*, by: Caller) -> Iterator[None]:
    """Count a name or e-mail address that the caller gives to another user, if it turns out to be taken.

    Raise Throttled (429) before the block if there were too many within the hour. Use it outside of a transaction,
    because a rollback would undo the count.
    """
    for key, limit in list_counters(by):
        login_throttling.refuse_at_limit(key, limit)
    try:
        yield
    except IntegrityError as error:
        if is_taken(error):
            count_name(by)
        raise


def count_name(by: Caller) -> None:
    """Count one name of the caller. Raise Throttled (429) if there were too many within the hour."""
    for key, limit in list_counters(by):
        login_throttling.consume(key, limit, WINDOW_SECONDS)


def count_reset(*, by: Caller, name: str) -> None:
    """Count a requested link for the client's address and for the user name or e-mail address, even if this is unknown.

    Raise Throttled (429) if there were too many within the hour.
    """
    lower = login_throttling.fetch_value(sql.LOWER, name=User.normalize_username(name))
    name_hash = sha256(lower.encode()).hexdigest()
    login_throttling.consume(f"reset:address:{by.address}", settings.SIGNUPS_PER_ADDRESS, WINDOW_SECONDS)
    login_throttling.consume(f"reset:name:{name_hash}", MAX_RESETS_PER_HOUR, WINDOW_SECONDS)


def count_invitation(*, by: Caller) -> None:
    """Count an invitation of an owner, who chooses its recipient. Raise Throttled (429)."""
    login_throttling.consume(f"invite:address:{by.address}", settings.SIGNUPS_PER_ADDRESS, WINDOW_SECONDS)
    login_throttling.consume(f"invite:user:{by.user_id}", MAX_INVITATIONS_PER_HOUR, WINDOW_SECONDS)


def count_confirmation(*, by: Caller) -> None:
    """Count a link that confirms an e-mail address. Raise Throttled (429)."""
    login_throttling.consume(f"confirm:user:{by.user_id}", MAX_CONFIRMATIONS_PER_HOUR, WINDOW_SECONDS)


def list_counters(by: Caller) -> list[tuple[str, int]]:
    """Return the keys and limits of the counters for the user and for its address.

    The counter of the address also limits users that were created to avoid the first one.
    """
    return [(f"naming:user:{by.user_id}", MAX_NAMES_PER_HOUR), (build_address_key(by), settings.SIGNUPS_PER_ADDRESS)]


def build_address_key(by: Caller) -> str:
    return f"sign-up:address:{by.address}"


def is_taken(error: Exception) -> bool:
    """Return whether the database refused a name or e-mail address because another user has it."""
    constraint = find_constraint(error) if isinstance(error, IntegrityError) else None
    return constraint is not None and constraint.name in UNIQUE_NAMES
