"""Links in mails with which users set a password or confirm an e-mail address. Each works once, for a limited time.

The token of a link is signed, not stored. The signature covers the password's hash, the e-mail address, the last
sign-in by a session, and `token_version`: when one of them changes, the link ends. It also covers the time at which the
user joined, because after a restore the database may give the same id to another user.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.http import base36_to_int, urlsafe_base64_decode, urlsafe_base64_encode
from rest_framework.exceptions import ValidationError

from core import mail
from core.database.transactions import atomic
from core.kinds import parse_id
from users.access.callers import Caller
from users.models import User
from users.sign_in import rate_limits
from users.sign_in.errors import NO_EMAIL, ConfirmationInvalid

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
