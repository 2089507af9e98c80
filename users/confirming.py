"""Confirm the e-mail addresses of users by links that are mailed to them."""

from django.conf import settings
from rest_framework.exceptions import ValidationError

from core import mail
from core.database.transactions import atomic
from users import event_services as events
from users import links, mail_limits, name_throttling
from users.callers import Caller
from users.errors import NO_EMAIL, ConfirmationInvalid
from users.models import EventKind, User


def request_confirmation(*, by: Caller, user: User) -> bool:
    """Mail the user a link that confirms its e-mail address. Return False if the address is already confirmed.

    Raise MailOff (400), ValidationError without an address, or Throttled (429) after too many mails.
    """
    mail.require_mail()
    if not user.email:
        raise ValidationError({"email": [NO_EMAIL]})
    if user.email_confirmed:
        return False
    name_throttling.count_confirmation(by=by)
    mail_limits.count_mail_to_stranger(user.email)
    links.mail_link(user, links.CONFIRMATION, request_id=by.request_id)
    return True


def confirm_email(*, uid: str, token: str) -> None:
    """Confirm the address of the user to whom the link was mailed. Raise ConfirmationInvalid (400)."""
    check_link(links.find_user_by_uid(uid), token)  # this check needs no lock
    spend_confirmation_link(uid=uid, token=token)


@atomic
def spend_confirmation_link(*, uid: str, token: str) -> None:
    """Check the token under the lock of the row, so that the confirmed address is the one that got the link."""
    mark_confirmed(check_link(links.find_user_by_uid(uid, lock=True), token))


def check_link(user: User | None, token: str) -> User:
    """Return the user of a valid link. Raise ConfirmationInvalid (400)."""
    if user is None or not user.email or not user.may_sign_in or not links.CONFIRMATION.check_token(user, token):
        raise ConfirmationInvalid()
    return user


def mark_confirmed(user: User) -> None:
    user.confirmed_email = user.email
    user.save(update_fields=["confirmed_email"])


def record_new_email(*, by: Caller, before: User, user: User) -> None:
    """Record an event and mail the old address, because a reader of the new one can get a link to set a password."""
    events.record_security_event(by=by, user=user, kind=EventKind.EMAIL_CHANGED)
    if before.email and settings.MAIL_ON and mail_limits.may_mail(before):
        context, log_fields = {"user": before}, {"user": user.pk}
        mail.send_mail_later(template="email_changed", to=before.email, context=context, log_fields=log_fields)
