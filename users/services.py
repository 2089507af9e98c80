"""The services that change users. Nothing else creates and closes accounts and sets passwords.

Mail is sent after the transaction has committed, outside of the request. Nothing here ends access tokens: the database
increments `token_version` with each change of password or activity.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import exceptions as django_exceptions
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ValidationError

from core import background, mail
from core.database.transactions import atomic
from core.ownership import accept, has_data
from users.access.callers import Caller
from users.access.roles import Role
from users.access.services import deactivate
from users.errors import WRONG_PASSWORD, Erased, NotInvitable, ResetInvalid, SignupClosed
from users.events import services as events
from users.events.models import EventKind, SecurityEvent
from users.keys import services as keys
from users.keys.models import ApiKey
from users.models import User
from users.sign_in import links, rate_limits, tokens
from users.sign_in import throttling as login_throttling
from users.sign_in.factors import proving


def sign_up(
    *, by: Caller, username: str, password: str, role: str = Role.OWNER, email: str = "", phone: str = "", **more: Any
) -> User:
    """Create a user by `register()`. Raise SignupClosed (403), or Throttled (429) after too many of the address."""
    require_open_signup()
    with rate_limits.limit_sign_ups(by=by):
        return register(by=by, username=username, password=password, role=role, email=email, phone=phone, **more)


def require_open_signup() -> None:
    if not settings.SIGNUP_OPEN:
        raise SignupClosed()


@atomic
def register(
    *,
    by: Caller,
    username: str,
    password: str | None,
    role: str = Role.OWNER,
    email: str = "",
    phone: str = "",
    employer: User | None = None,
    **more: Any,
) -> User:
    """Create a user, by default the owner of a shop with `more` settings, even if the service accepts no sign-ups.

    Without a password, nobody can sign in as this user: mail it an invitation. Raise ValidationError for a weak
    password, and the errors of `invite()`.
    """
    name = User.normalize_username(username)
    user = User(username=name, role=role, email=email, phone=phone, employer=employer, **more)
    if password is not None:
        check_password_rules(password, user, "password")
    user.set_password(password)
    user.save(force_insert=True)
    if password is None:
        invite(by=by, user=user)
    return user


def employ(
    *, by: Caller, username: str, password: str | None = None, role: str = Role.WORKER, email: str = "", phone: str = ""
) -> User:
    """Create a user whose employer is the caller's shop, by default a worker, as `register()` does.

    It is a developer if the caller is.
    """
    given: dict[str, Any] = {"employer": by.user.shop, "developer": by.user.developer} if by.user else {}
    return register(by=by, username=username, password=password, role=role, email=email, phone=phone, **given)


@atomic
def invite(*, by: Caller, user: User) -> None:
    """Mail a user without a password a link to set one.

    Raise MailOff (400), NotInvitable (409), EmailNotConfirmed (400) of the caller, or Throttled (429).
    """
    mail.require_mail()
    if reason := links.find_obstacle(user):
        raise NotInvitable(reason=reason)
    if by.user:
        rate_limits.count_invitation(by=by)
        rate_limits.count_mail(owner=by.user, to=user.email, is_known=False)
    mail_password_link(by=by, user=user)


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

    So the response reveals nothing about them, not even by its time. Raise MailOff (400), or Throttled (429) after too
    many requests.
    """
    mail.require_mail()
    rate_limits.count_reset(by=by, name=email or username)
    background.run_later(partial(send_reset_links, by=by, username=username, email=email))


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
    with login_throttling.hashing_slot():
        spend_password_link(by=by, uid=uid, token=token, new_password=new_password)
    login_throttling.clear_name(user.get_username())
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
    user.set_password(new_password)
    user.confirmed_email = user.email
    user.save(update_fields=["password", "confirmed_email"])
    events.record_security_event(by=by, user=user, kind=EventKind.PASSWORD_RESET)


def change_password(
    *, by: Caller, user: User, old_password: str, new_password: str, proved_at: float | None = None
) -> dict[str, str]:
    """Set a new password, which ends every earlier token, and return a new pair of tokens.

    `proved_at` is the time at which the caller has proven its second factor, if it has one.

    A wrong old password counts as a wrong sign-in: raise Throttled (429), TooBusy (503) or ValidationError.
    """
    with login_throttling.limit_sign_in(by=by, username=user.get_username()) as succeeded:
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
    return user


@atomic
def change_user(
    *,
    by: Caller,
    user: User,
    password: str | None = None,
    is_active: bool | None = None,
    check: Callable[[User], None] = accept,
    **fields: Any,
) -> None:
    """Set the given fields. A new password or deactivation ends every token of the user at once.

    The caller's rights are checked by the serializer or the admin. `check` gets the locked user before any change, and
    refuses the change by an exception. Raise ValidationError for a weak password, or
    Erased.
    """
    before = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if before.erased_at:
        raise Erased()
    check(before)
    for name, value in fields.items():
        setattr(user, name, value)
    if password is not None:
        check_password_rules(password, user, "password")
        user.set_password(password)
        fields["password"] = user.password
        events.record_security_event(by=by, user=user, kind=EventKind.PASSWORD_CHANGED)
    if is_active:
        fields["is_active"], fields["is_barred"] = True, False
        user.is_active, user.is_barred = True, False
    user.save(update_fields=list(fields))
    if user.email != before.email:
        events.record_security_event(by=by, user=user, kind=EventKind.EMAIL_CHANGED)
        # The old address gets a mail, because a reader of the new one can get a link to set a password.
        rate_limits.tell_user(before, "email_changed")
    record_left_account(by=by, before=before, user=user)
    if user.role != before.role:
        events.record_security_event(by=by, user=user, kind=EventKind.ROLE_CHANGED)
    if is_active and not before.is_admitted:
        events.record_security_event(by=by, user=user, kind=EventKind.REACTIVATED)
    if is_active is False:
        deactivate(by=by, user=user)


def record_left_account(*, by: Caller, before: User, user: User) -> None:
    """Record that the user has left an account, unless an event already shows that the user has been there.

    Erasing a person finds the accounts by these events. Also revoke the keys of devices, which stay in that shop.
    """
    left = before.history_owner_id
    if left in (None, user.history_owner_id):
        return
    if not SecurityEvent.objects.filter(user=user, account=left).exists():
        events.record_security_event(by=by, user=before, kind=EventKind.ROLE_CHANGED)
    for key in ApiKey.objects.filter(user=user, is_device=True).select_related("user"):
        keys.revoke(by=by, key=key)


@atomic
def reactivate(*, by: Caller, user: User) -> bool:
    """Reactivate this user, but not its workers. Return whether it was inactive, and not erased."""
    if not User.objects.filter(pk=user.pk, erased_at=None).exclude(is_active=True, is_barred=False).exists():
        return False
    change_user(by=by, user=user, is_active=True)
    return True


def sign_out(*, by: Caller, refresh: str) -> None:
    """End the caller's sign-in to which the refresh token belongs. Raise ValidationError for any other token."""
    if by.user is None or not tokens.end_sign_in(refresh, by.user):
        raise ValidationError({"refresh": [_("This is not a refresh token of yours.")]})


@atomic
def sign_out_everywhere(*, by: Caller, user: User) -> None:
    """End every sign-in of the user. Its access tokens work until they expire."""
    tokens.end_all_sign_ins(user)
    events.record_security_event(by=by, user=user, kind=EventKind.SIGNED_OUT_EVERYWHERE)


@atomic
def lift_sign_in_lock(*, by: Caller, user: User) -> bool:
    """Delete the counts of wrong sign-ins under the user's name, and of wrong codes. Return whether any existed."""
    names, wrong_codes = login_throttling.clear_name(user.get_username()), proving.forget_wrong_codes(user)
    if not (names or wrong_codes):
        return False
    events.record_security_event(by=by, user=user, kind=EventKind.UNLOCKED)
    return True


def has_account(user: User) -> bool:
    """Return whether the user has workers or rows. Nobody could reach these if the user were not an owner."""
    return user.workers.exists() or has_data(user.pk)


def check_password_rules(password: str, user: User, field: str) -> None:
    """Raise ValidationError for this field if one of Django's password validators refuses the password."""
    try:
        validate_password(password, user)
    except django_exceptions.ValidationError as error:
        raise ValidationError({field: error.messages}) from None
