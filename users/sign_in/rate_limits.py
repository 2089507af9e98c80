"""Limit sign-ups, changed names and mail, so that nobody finds accounts by trying names or causes many mails.

Mail is limited by account, by recipient and by day. A recipient is a stranger until it has used a link in a mail. All
accounts together send few mails to a stranger, and these contain no texts of users. The counts are exact over all
processes. docs/decisions/0023-links-by-mail.md has the reasons.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError
from rest_framework.exceptions import Throttled

from core.database.constraints import find_constraint
from core.mail import send_mail_later
from core.sentences import fill
from core.translation import gettext_noop as _
from users.access.permissions import Caller
from users.errors import EmailNotConfirmed
from users.models import User
from users.sign_in import sql, throttling

WINDOW_SECONDS = 60 * 60
MAX_NAMES_PER_HOUR = 10
MAX_RESETS_PER_HOUR = 5  # the limit for one user name or e-mail address
MAX_INVITATIONS_PER_HOUR = 20  # the limit for one owner
MAX_CONFIRMATIONS_PER_HOUR = 5  # the limit of the links with which one user confirms its e-mail address
UNIQUE_NAMES = {"users_user_username", "users_user_username_key", "users_user_email"}

DAY_SECONDS = 24 * 60 * 60
MAX_MAILS_OF_ACCOUNT = 200  # the daily limit of orders and invitations together
MAX_MAILS_TO_KNOWN = 50  # the daily limit from one account to an address that has accepted its mail
MAX_MAILS_TO_NEW = 5  # the daily limit from one account to an address that has not accepted its mail
MAX_MAILS_TO_STRANGER = 10  # the daily limit of all accounts together to an address that has accepted no mail


@contextmanager
def limit_sign_ups(*, by: Caller) -> Iterator[None]:
    """Count a sign-up against the address if it succeeds, or if it is refused because its name or address is taken.

    Raise Throttled (429) before the block if there were too many within the hour.
    """
    with throttling.hashing_slot():
        key = build_address_key(by)
        throttling.consume(key, settings.SIGNUPS_PER_ADDRESS, WINDOW_SECONDS)
        try:
            yield
        except Exception as error:
            if not is_taken(error):
                throttling.decrement(key)
            raise


def limit_name_change(*, by: Caller, user: User) -> AbstractContextManager[None]:
    """Count a new name or e-mail address. One's own is always counted, that of another user only if it is taken."""
    if user.pk != by.user_id:
        return count_taken_names(by=by)
    count_name(by)
    return nullcontext()


@contextmanager
def count_taken_names(*, by: Caller) -> Iterator[None]:
    """Count a name or e-mail address that the caller gives to another user, if it turns out to be taken.

    Raise Throttled (429) before the block if there were too many within the hour. Use it outside of a transaction,
    because a rollback would undo the count.
    """
    for key, limit in list_counters(by):
        throttling.refuse_at_limit(key, limit)
    try:
        yield
    except IntegrityError as error:
        if is_taken(error):
            count_name(by)
        raise


def count_name(by: Caller) -> None:
    """Count one name of the caller. Raise Throttled (429) if there were too many within the hour."""
    for key, limit in list_counters(by):
        throttling.consume(key, limit, WINDOW_SECONDS)


def count_reset(*, by: Caller, name: str) -> None:
    """Count a requested link for the client's address and for the user name or e-mail address, even if this is unknown.

    Raise Throttled (429) if there were too many within the hour.
    """
    lower = throttling.fetch_value(sql.LOWER, name=User.normalize_username(name))
    name_hash = sha256(lower.encode()).hexdigest()
    throttling.consume(f"reset:address:{by.address}", settings.SIGNUPS_PER_ADDRESS, WINDOW_SECONDS)
    throttling.consume(f"reset:name:{name_hash}", MAX_RESETS_PER_HOUR, WINDOW_SECONDS)


def count_invitation(*, by: Caller) -> None:
    """Count an invitation of an owner, who chooses its recipient. Raise Throttled (429)."""
    throttling.consume(f"invite:address:{by.address}", settings.SIGNUPS_PER_ADDRESS, WINDOW_SECONDS)
    throttling.consume(f"invite:user:{by.user_id}", MAX_INVITATIONS_PER_HOUR, WINDOW_SECONDS)


def count_confirmation(*, by: Caller) -> None:
    """Count a link that confirms an e-mail address. Raise Throttled (429)."""
    throttling.consume(f"confirm:user:{by.user_id}", MAX_CONFIRMATIONS_PER_HOUR, WINDOW_SECONDS)


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


def require_confirmed_email(user: User) -> None:
    """Raise EmailNotConfirmed (400) unless the user has proved to read mail to its address."""
    if not user.email_confirmed:
        raise EmailNotConfirmed()


def count_mail(*, owner: User, to: str, is_known: bool) -> None:
    """Count a mail that an owner sends. A rollback of the transaction also undoes the count.

    Raise EmailNotConfirmed (400), or Throttled (429) at the limit of the account or of the recipient.
    """
    require_confirmed_email(owner)
    account, limit = owner.account_id, MAX_MAILS_TO_KNOWN if is_known else MAX_MAILS_TO_NEW
    count_up_to(f"mail:account:{account}", MAX_MAILS_OF_ACCOUNT, _("Your shop has sent {limit} mails in a day."))
    key = f"mail:pair:{account}:{hash_address(to)}"
    count_up_to(key, limit, _("Your shop has sent {limit} mails to this address in a day."))
    if not is_known:
        count_mail_to_stranger(to)


def count_mail_to_stranger(to: str) -> None:
    """Count a mail to an address that has not accepted any mail. Raise Throttled (429) at the limit."""
    key = f"mail:stranger:{hash_address(to)}"
    count_up_to(key, MAX_MAILS_TO_STRANGER, _("This service has sent {limit} mails to this address in a day."))


def may_mail(user: User) -> bool:
    """Return whether a mail to the user's own address may be sent. Count the mail unless the address is confirmed."""
    if user.email_confirmed:
        return True
    try:
        count_mail_to_stranger(user.email)
    except Throttled:
        return False
    return True


def is_first_of_day(key: str) -> bool:
    """Return whether this has not been called with the key for a day."""
    try:
        throttling.consume(key, 1, DAY_SECONDS)
    except Throttled:
        return False
    return True


def tell_user(user: User, template: str, *, is_limited: bool = True) -> None:
    """Mail the user what has happened to its account, if it has an address.

    Strangers can use up the limit of mails by asking for links. This must not hold back a warning of the support desk.
    """
    if user.email and settings.MAIL_ON and (not is_limited or may_mail(user)):
        context, fields = {"user": user}, {"user": user.pk}
        send_mail_later(
            template=template, to=user.email, language=user.shown_language, context=context, log_fields=fields
        )


def count_up_to(key: str, limit: int, sentence: str) -> None:
    """Increment a counter of a day. Raise Throttled (429) with the sentence if it is at its limit."""
    try:
        throttling.consume(key, limit, DAY_SECONDS)
    except Throttled as refusal:
        raise Throttled(getattr(refusal, "wait", None), fill(sentence, limit=limit)) from None


def hash_address(address: str) -> str:
    """Return a hash of the mailbox. Ignore case and the text after a +, because a mailbox has all these addresses."""
    name, _, domain = str(throttling.fetch_value(sql.LOWER, name=address)).rpartition("@")
    mailbox = f"{name.split('+', 1)[0]}@{domain}"
    return sha256(mailbox.encode()).hexdigest()
