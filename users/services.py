"""What can happen to a user. The only place that creates, closes and re-keys accounts.

Tokens need no ending here: the database raises `token_version` with every change of password or activity.
"""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core import exceptions as django_exceptions
from rest_framework.exceptions import ValidationError

from core.ownership import has_data
from core.transactions import atomic
from users import events, login_throttling, tokens
from users.models import EventKind, Role, User


def register(*, username: str, password: str, role: str = Role.OWNER, email: str = "", phone: str = "") -> User:
    """A new owner with an account of its own, or a worker that nobody employs yet.

    Raises ValidationError for a weak password; a name or address in use is refused by the database.
    """
    user = User(username=User.normalize_username(username), email=email, phone=phone, role=role)
    check_password_rules(password, user, "password")
    user.set_password(password)
    user.save(force_insert=True)
    return user


@atomic
def change_password(user: User, *, old_password: str, new_password: str, request: Any = None) -> dict[str, str]:
    """Set a new password: every earlier token stops working, and the caller gets a new pair."""
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if not user.check_password(old_password):
        raise ValidationError({"old_password": ["This is not your password."]})
    check_password_rules(new_password, user, "new_password")
    user.set_password(new_password)
    user.save(update_fields=["password"])
    events.record(EventKind.PASSWORD_CHANGED, user, request)
    return tokens.issue(user)


def employ(*, employer: User, username: str, password: str, email: str = "", phone: str = "") -> User:
    """A new worker of the owner's account. Raises ValidationError for a weak password."""
    worker = User(
        username=User.normalize_username(username), email=email, phone=phone, role=Role.WORKER, employer=employer
    )
    check_password_rules(password, worker, "password")
    worker.set_password(password)
    worker.save(force_insert=True)
    return worker


@atomic
def change(
    user: User, *, password: str | None = None, is_active: bool | None = None, request: Any = None, **fields: Any
) -> None:
    """Set the named fields. A new password or deactivation ends every token of the user at once.

    Who may change what of whom is the serializer's question. Raises ValidationError for a weak password.
    """
    before = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    for name, value in fields.items():
        setattr(user, name, value)
    if password is not None:
        check_password_rules(password, user, "password")
        user.set_password(password)
        fields["password"] = user.password
        events.record(EventKind.PASSWORD_CHANGED, user, request)
    if is_active:
        fields["is_active"] = user.is_active = True
    user.save(update_fields=list(fields))
    if user.role != before.role:
        events.record(EventKind.ROLE_CHANGED, user, request)
    if is_active and not before.is_active:
        events.record(EventKind.REACTIVATED, user, request)
    if is_active is False:
        deactivate(user, request)


@atomic
def deactivate(user: User, request: Any = None) -> bool:
    """Close the door for a user, and for an owner's workers with it; their tokens stop at once.

    Whether it was open for anybody.
    """
    people = User.objects.with_workers(user).filter(is_active=True).select_for_update(no_key=True).order_by("pk")
    for person in (shut_out := list(people)):
        person.is_active = False
        person.save(update_fields=["is_active"])
        events.record(EventKind.DEACTIVATED, person, request)
    user.is_active = False
    return bool(shut_out)


@atomic
def reactivate(user: User, request: Any = None) -> bool:
    """Open the door again, for this user alone. Whether it was closed."""
    was_closed: bool = User.objects.filter(pk=user.pk, is_active=False).exists()
    if was_closed:
        change(user, is_active=True, request=request)
    return was_closed


@atomic
def sign_out_everywhere(user: User, request: Any = None) -> None:
    """End every sign-in of the user. Its access tokens live on to their expiry."""
    tokens.end_all(user)
    events.record(EventKind.SIGNED_OUT_EVERYWHERE, user, request)


@atomic
def lift_sign_in_lock(user: User, request: Any = None) -> bool:
    """Forget the wrong sign-ins under the user's name, from all networks. Return whether there were any."""
    lifted = login_throttling.forget_name(user.get_username())
    if lifted:
        events.record(EventKind.UNLOCKED, user, request)
    return lifted


def has_account(user: User) -> bool:
    """Return whether the user employs anybody or owns rows, which nobody could reach if it were no owner."""
    return user.workers.exists() or has_data(user.pk)


def check_password_rules(password: str, user: Any, field: str) -> None:
    """Django's password validators, as a field error."""
    try:
        validate_password(password, user)
    except django_exceptions.ValidationError as error:
        raise ValidationError({field: error.messages}) from None
