"""The services that set passwords, and the links in mails that set one or confirm an e-mail address.

Each link works once, for a limited time. Its token is signed, not stored. The signature covers the password's hash, the
e-mail address, the last sign-in by a session, and `token_version`: when one of them changes, the link ends. It also
covers the time at which the user joined, because after a restore the database may give the same id to another user.
"""

from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import exceptions as django_exceptions
from django.urls import reverse
from django.utils.http import base36_to_int, urlsafe_base64_decode, urlsafe_base64_encode
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ValidationError

from core import background, mail
from core.database.transactions import atomic
from core.kinds import parse_id
from users.access.permissions import Caller
from users.errors import NO_EMAIL, WRONG_PASSWORD, ConfirmationInvalid, ResetInvalid
from users.events import services as events
from users.models import EventKind, User
from users.sign_in import rate_limits, throttling, tokens

MAX_UID_LENGTH, MAX_TOKEN_LENGTH = 64, 128


class LinkTokens(PasswordResetTokenGenerator):
    """Django's tokens with a purpose, a lifetime, and more values whose change ends them."""

    def __init__(self, purpose: str, lifetime: timedelta) -> None:
        super().__init__()
        self.key_salt, self.lifetime = f"users.links.{purpose}", lifetime

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}|{user.token_version}|{user.date_joined.timestamp()}"

    def check_token(self, user: Any, token: str | None) -> bool:
        if not super().check_token(user, token):
            return False
        issued = base36_to_int(str(token).split("-", maxsplit=1)[0])
        return timedelta(seconds=self._num_seconds(self._now()) - issued) <= self.lifetime


class ConfirmationTokens(LinkTokens):
    """Tokens that end when the address changes or is confirmed, but not with a new password or another sign-in."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{user.pk}|{timestamp}|{user.email}|{user.confirmed_email}|{user.date_joined.timestamp()}"


RESET = LinkTokens("reset", timedelta(hours=3))
INVITATION = LinkTokens("invitation", timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT))
CONFIRMATION = ConfirmationTokens("confirmation", timedelta(days=3))


TEMPLATES = {RESET: "password_reset", INVITATION: "invitation", CONFIRMATION: "email_confirmation"}


class AnyTokens:
    def check_token(self, user: User | None, token: str | None) -> bool:
        """Return whether the user may set a password with the token: it is valid, and the user can still get links."""
        if user is None or not token or not user.can_get_links:
            return False
        return any(tokens.check_token(user, token) for tokens in (RESET, INVITATION))


ANY = AnyTokens()


def find_obstacle(user: User) -> str:
    """Return the reason why the user can't be invited, or an empty text."""
    if user.has_usable_password():
        return "password_set"
    if not user.email:
        return "no_email"
    return "" if user.may_sign_in else "inactive"


def find_user_by_uid(uid: str, *, lock: bool = False) -> User | None:
    """Return the user of a link's `uid` with its employer, or None. With `lock`, lock the user's row."""
    try:
        user_id = parse_id(urlsafe_base64_decode(uid[:MAX_UID_LENGTH]).decode("ascii"))
    except ValueError:  # a UnicodeDecodeError is a ValueError, too
        return None
    users = User.objects.select_related("employer").filter(pk=user_id)
    return (users.select_for_update(no_key=True, of=("self",)) if lock else users).first()


def encode_uid(user: User) -> str:
    return urlsafe_base64_encode(str(user.pk).encode())


def mail_link(user: User, tokens: LinkTokens, *, request_id: str | None) -> None:
    """Mail the user a link, after the current transaction has committed. Its address has the host of PUBLIC_URL."""
    page = "email-link" if tokens is CONFIRMATION else "password-set"
    link = settings.PUBLIC_URL + reverse(page, args=[encode_uid(user), tokens.make_token(user)])
    employer = user.employer and user.employer.leader
    reply_to = employer.email if employer and tokens is INVITATION and employer.email_confirmed else ""
    mail.send_mail_later(
        template=TEMPLATES[tokens],
        to=user.email,
        language=user.shown_language,
        context={"user": user, "employer": employer, "link": link},
        log_fields={"user": user.pk, **({"request_id": request_id} if request_id else {})},
        headers={"Reply-To": reply_to} if reply_to else None,
    )


def request_confirmation(*, by: Caller, user: User) -> bool:
    """Mail the user a link that confirms its e-mail address. Return False if the address is already confirmed.

    Raise MailOff (400), ValidationError without an address, or Throttled (429) after too many mails.
    """
    mail.require_mail()
    if not user.email:
        raise ValidationError({"email": [NO_EMAIL]})
    if user.email_confirmed:
        return False
    rate_limits.count_confirmation(by=by)
    rate_limits.count_mail_to_stranger(user.email)
    mail_link(user, CONFIRMATION, request_id=by.request_id)
    return True


@atomic
def confirm_email(*, uid: str, token: str) -> None:
    """Confirm the address of the user to whom the link was mailed, under the lock of the user's row.

    Raise ConfirmationInvalid (400).
    """
    user = find_user_by_uid(uid, lock=True)
    if user is None or not user.email or not user.may_sign_in or not CONFIRMATION.check_token(user, token):
        raise ConfirmationInvalid()
    mark_confirmed(user)


def mark_confirmed(user: User) -> None:
    user.confirmed_email = user.email
    user.save(update_fields=["confirmed_email"])


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
    mail_link(user, RESET if is_reset else INVITATION, request_id=by.request_id)


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
    user = find_user_by_uid(uid)
    if user is None or not ANY.check_token(user, token):  # this check needs no hashing slot and no lock
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
    user = find_user_by_uid(uid, lock=True)
    if user is None or not ANY.check_token(user, token):
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
