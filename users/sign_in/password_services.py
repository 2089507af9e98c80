"""The services that set passwords and mail links to set a password."""

from functools import partial
from typing import Any, cast

from django.contrib.auth.password_validation import validate_password
from django.core import exceptions as django_exceptions
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ValidationError

from core import background, mail
from core.database.transactions import atomic
from users.access.callers import Caller
from users.events import services as events
from users.models import EventKind, User
from users.sign_in import links, rate_limits, throttling, tokens
from users.sign_in.errors import WRONG_PASSWORD, ResetInvalid


@atomic
def send_link(*, by: Caller, user: User) -> bool:
    """Mail the user a link to set a password. Return False if it can't get links, or has already got too many."""
    if not user.can_get_links or not rate_limits.may_mail(user):
        return False
    mail_password_link(by=by, user=user)
    return True


def mail_password_link(*, by: Caller, user: User) -> None:
    """Record an event and mail the user a link to set a password. The first link is an invitation."""
    is_reset = user.has_usable_password()
    events.record_security_event(by=by, user=user, kind=EventKind.RESET_REQUESTED if is_reset else EventKind.INVITED)
    links.mail_link(user, links.RESET if is_reset else links.INVITATION, request_id=by.request_id)


def request_password_reset(*, by: Caller, username: str = "", email: str = "") -> None:
    """Mail a link to the active users of this name or e-mail address, by a job after the response.

    As for signing in, `username` can be an e-mail address, too. The response reveals nothing about the users, not even
    by its time. Raise MailOff (400), or Throttled (429) after too many requests.
    """
    mail.require_mail()
    rate_limits.count_reset(by=by, name=email or username)
    background.run_later(partial(send_reset_links, by=by, username=username, email=email or username))


def send_reset_links(*, by: Caller, username: str, email: str) -> None:
    for user in User.objects.find_reachable(username, email):
        send_link(by=by, user=user)


@sensitive_variables("token", "new_password")
def reset_password(*, by: Caller, uid: str, token: str, new_password: str) -> User:
    """Set the password of the user to whom the link was mailed, which ends all its tokens, sessions and locks.

    Raise ResetInvalid (400), ValidationError for a weak password, or TooBusy (503).
    """
    user = links.find_user_by_uid(uid)
    if user is None or not links.ANY.check_token(user, token):  # this check needs no hashing slot and no lock
        raise ResetInvalid()
    with throttling.hashing_slot():
        spend_password_link(by=by, uid=uid, token=token, new_password=new_password)
    throttling.clear_name(user.get_username())
    user.refresh_from_db()
    return user


@atomic
@sensitive_variables("token", "new_password")
def spend_password_link(*, by: Caller, uid: str, token: str, new_password: str) -> None:
    """Check the token under the lock of the row, so that it works once. The mailed link confirms the address, too."""
    user = links.find_user_by_uid(uid, lock=True)
    if user is None or not links.ANY.check_token(user, token):
        raise ResetInvalid()
    check_password_rules(new_password, user, "new_password")
    is_first = not user.has_usable_password()
    user.set_password(new_password)
    user.confirmed_email = user.email
    user.save(update_fields=["password", "confirmed_email"])
    events.record_security_event(by=by, user=user, kind=EventKind.PASSWORD_RESET)
    if not is_first:
        rate_limits.tell_user(user, "password_changed")


def change_password(
    *, by: Caller, user: User, old_password: str, new_password: str, proved_at: float | None = None
) -> dict[str, str]:
    """Set a new password, which ends every earlier token, and return a new pair of tokens.

    `proved_at` is the time at which the caller has proven its second factor, if it has one.

    A wrong old password counts as a wrong sign-in: raise Throttled (429), TooBusy (503) or ValidationError.
    """
    with throttling.limit_sign_in(by=by, username=user.get_username()) as succeeded:
        try:
            user = replace_password(by=by, user=user, old_password=old_password, new_password=new_password)
        except ValidationError as error:
            if "old_password" not in cast("dict[str, Any]", error.detail):
                succeeded()
            raise
        succeeded()
    return tokens.issue_tokens(user, proved_at)


@atomic
def replace_password(*, by: Caller, user: User, old_password: str, new_password: str) -> User:
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if not user.check_password(old_password):
        raise ValidationError({"old_password": [WRONG_PASSWORD]})
    check_password_rules(new_password, user, "new_password")
    user.set_password(new_password)
    user.save(update_fields=["password"])
    events.record_security_event(by=by, user=user, kind=EventKind.PASSWORD_CHANGED)
    rate_limits.tell_user(user, "password_changed")
    return user


def check_password_rules(password: str, user: User, field: str) -> None:
    """Raise ValidationError for this field if one of Django's password validators refuses the password."""
    try:
        validate_password(password, user)
    except django_exceptions.ValidationError as error:
        raise ValidationError({field: error.messages}) from None
