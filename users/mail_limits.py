"""Limits of the mails that users cause: for each account, each recipient and day. They are exact over all processes.

A recipient is a stranger until it has used a link that was mailed to it. All accounts together send few mails to a
stranger, and none of them contains a text of users. docs/decisions/0039-mail-to-strangers.md has the reasons.
"""

from hashlib import sha256

from rest_framework.exceptions import Throttled

from users import login_throttling, sql
from users.errors import EmailNotConfirmed
from users.models import User

DAY_SECONDS = 24 * 60 * 60
MAX_MAILS_OF_ACCOUNT = 200  # the daily limit of orders and invitations together
MAX_MAILS_TO_KNOWN = 50  # the daily limit from one account to an address that has accepted its mail
MAX_MAILS_TO_NEW = 5  # the daily limit from one account to an address that has not accepted its mail
MAX_MAILS_TO_STRANGER = 10  # the daily limit of all accounts together to an address that has accepted no mail


def require_confirmed_email(user: User) -> None:
    """Raise EmailNotConfirmed (400) unless the user has proved to read mail to its address."""
    if not user.email_confirmed:
        raise EmailNotConfirmed()


def count_mail(*, owner: User, to: str, is_known: bool) -> None:
    """Count a mail that an owner sends. A rollback of the transaction also undoes the count.

    Raise EmailNotConfirmed (400), or Throttled (429) at the limit of the account or of the recipient.
    """
    require_confirmed_email(owner)
    count_up_to(f"mail:account:{owner.pk}", MAX_MAILS_OF_ACCOUNT, "Your shop has sent {limit} mails in a day.")
    key, limit = f"mail:pair:{owner.pk}:{hash_address(to)}", MAX_MAILS_TO_KNOWN if is_known else MAX_MAILS_TO_NEW
    count_up_to(key, limit, "Your shop has sent {limit} mails to this address in a day.")
    if not is_known:
        count_mail_to_stranger(to)


def count_mail_to_stranger(to: str) -> None:
    """Count a mail to an address that has not accepted any mail. Raise Throttled (429) at the limit."""
    key = f"mail:stranger:{hash_address(to)}"
    count_up_to(key, MAX_MAILS_TO_STRANGER, "This service has sent {limit} mails to this address in a day.")


def may_mail(user: User) -> bool:
    """Return whether a mail to the user's own address may be sent. Count the mail unless the address is confirmed."""
    if user.email_confirmed:
        return True
    try:
        count_mail_to_stranger(user.email)
    except Throttled:
        return False
    return True


def count_up_to(key: str, limit: int, sentence: str) -> None:
    try:
        login_throttling.consume(key, limit, DAY_SECONDS)
    except Throttled as refusal:
        raise Throttled(getattr(refusal, "wait", None), sentence.format(limit=limit)) from None


def hash_address(address: str) -> str:
    """Return a hash of the mailbox. Ignore case and the text after a +, because a mailbox has all these addresses."""
    name, _, domain = str(login_throttling.fetch_value(sql.LOWER, name=address)).rpartition("@")
    mailbox = f"{name.split('+', 1)[0]}@{domain}"
    return sha256(mailbox.encode()).hexdigest()
