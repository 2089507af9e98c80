"""Sends mail from templates. A mail server that is slow or unreachable never delays or fails a request."""

import logging
from collections.abc import Callable, Sequence
from email.utils import make_msgid, parseaddr
from functools import partial
from smtplib import SMTPRecipientsRefused
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends import console
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.encoding import punycode
from django.utils.translation import gettext

from core import background
from core.errors import NEVER, DomainError
from core.sentences import writing_numbers
from core.texts.locales import ENGLISH
from core.translation import gettext_noop

logger = logging.getLogger("core.mail")

Attachment = tuple[str, bytes, str]  # the name of a file, its content and its type

ENCODED_WORD = "=?"  # an encoded word of a header begins with it (RFC 2047)
RULE = "=" * 78
# The pauses before further tries of a mail, if the server is away or busy, or greylists the sender.
PAUSES_SECONDS = (60, 10 * 60, 60 * 60)
PERMANENT_CODE = 500  # the lowest code with which a mail server refuses a mail for good

AWAY = gettext_noop("The mail server can't be reached.")
BUSY = gettext_noop("The mail server does not take the mail now.")
WRONG_ADDRESS = gettext_noop("The mail server has refused the address.")
REFUSED = gettext_noop("The mail server has refused the mail.")
INVALID = gettext_noop("The address is not valid.")


class MailOff(DomainError):
    code = "mail_off"
    advice = NEVER
    detail = "This service sends no mail. Ask its operator to set EMAIL_URL."
    when = (
        "the service sends no mail, because `EMAIL_URL` is not set. A forgotten password, an invitation or the mail of"
        " an order needs it"
    )


class DemoBackend(console.EmailBackend):
    """Prints the mail of a demo as a block that stands out between the lines of the log."""

    def write_message(self, message: Any) -> None:
        head = [f"Mail to {', '.join(message.to)}", f"Subject: {message.subject}", ""]
        text = "\n".join(f"  {line}".rstrip() for line in [*head, *message.body.splitlines()])
        self.stream.write(f"\n{RULE}\n{text}\n{RULE}\n\n")


def require_mail() -> None:
    """Raise MailOff (400) if the service can't send mail."""
    if not settings.MAIL_ON:
        raise MailOff()


class Failure(NamedTuple):
    """Why a mail was not sent: a sentence that is marked for translation, and the code of the mail server or None."""

    reason: str
    code: int | None = None

    @property
    def is_temporary(self) -> bool:
        return self.reason in (AWAY, BUSY)

    def __str__(self) -> str:
        return f"{self.reason} (SMTP {self.code})" if self.code else self.reason


def translate_failure(text: str) -> str:
    reason, mark, code = text.partition(" (SMTP ")
    return gettext(reason) + mark + code if text else ""


def send_mail_later(**letter: Any) -> None:
    """Send a mail from the background thread, after the current transaction has committed.

    The arguments are those of try_mail(). It is sent as by send_mail().
    """
    transaction.on_commit(lambda: background.run_later(partial(send_mail, PAUSES_SECONDS, **letter)))


def send_mail(
    pauses: Sequence[int],
    *,
    accepted: Callable[[], Any] = lambda: None,
    refused: Callable[[], Any] = lambda: None,
    headers: dict[str, str] | None = None,
    **letter: Any,
) -> bool:
    """Send a mail now, and return whether the mail server has accepted it. Call `accepted` once it has.

    Call `refused` if it is not accepted in the last of the tries.

    After a temporary failure, the background thread tries again after each of the pauses. Each try has the same id. If
    the server accepted a mail and its answer was lost, mail programs recognise the second one by this id.
    """
    headers = {"Message-ID": make_msgid(domain=find_domain()), **(headers or {})}
    failure = try_mail(headers=headers, **letter)
    if failure is None:
        accepted()
    elif failure.is_temporary and pauses:
        again = partial(send_mail, pauses[1:], accepted=accepted, refused=refused, headers=headers, **letter)
        background.run_after(pauses[0], again)
    else:
        refused()
    return failure is None


def try_mail(
    *,
    template: str,
    to: str,
    language: str,
    sign: str = ".",
    context: dict[str, Any],
    log_fields: dict[str, Any],
    headers: dict[str, str] | None = None,
    attachments: Sequence[Attachment] = (),
) -> Failure | None:
    """Send `mail/<template>.txt`, whose first line is the subject. Return the failure, or None.

    The mail is in the language, which is that of the reader; an empty text means English. Its numbers have this decimal
    sign. Log the result without the address and the text.
    """
    fields = {"mail": template, **log_fields}
    try:
        with translation.override(language or ENGLISH), writing_numbers(sign):
            message = build_mail(template, to, context, headers or {})
            for file in attachments:
                message.attach(*file)
        message.send()
    except (OSError, ValueError, ValidationError) as error:  # the errors of smtplib are OSErrors
        failure = name_failure(error)
        codes = {"smtp_code": failure.code} if failure.code else {}
        logger.warning("mail was not sent", extra={"fields": {**fields, "error": type(error).__name__, **codes}})
        return failure
    logger.info("mail was sent", extra={"fields": fields})
    return None


def name_failure(error: Exception) -> Failure:
    """Return the failure of this error. A mail has one recipient, so an error about recipients has one code."""
    codes = [code for code, _ in error.recipients.values()] if isinstance(error, SMTPRecipientsRefused) else []
    code = codes[0] if codes else getattr(error, "smtp_code", None)
    if not isinstance(error, OSError):
        return Failure(INVALID)
    if code is None:
        return Failure(AWAY)
    if code < PERMANENT_CODE:
        return Failure(BUSY, code)
    return Failure(WRONG_ADDRESS if codes else REFUSED, code)


def find_domain() -> str:
    """Return the domain of the sender for the ids of mails.

    Filters of unwanted mail distrust an id with the host's own name, which is often localhost.
    """
    return punycode(parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2])


def build_mail(template: str, to: str, context: dict[str, Any], headers: dict[str, str]) -> EmailMessage:
    """Return the mail. Raise ValidationError if an address has an encoded word, or `to` is not exactly one address."""
    validate_email(to)
    # Some mail programs decode the word to another address.
    if any(ENCODED_WORD in address for address in (to, headers.get("Reply-To", ""))):
        raise ValidationError(gettext("Remove =? from the e-mail address."))
    service = {"service": settings.PUBLIC_URL, "service_host": urlsplit(settings.PUBLIC_URL).netloc}
    subject, _, body = render_to_string(f"mail/{template}.txt", {**context, **service}).partition("\n")
    # Programs that answer mail automatically ignore mail with this header (RFC 3834).
    headers = {"Auto-Submitted": "auto-generated", **headers}
    subject = subject.strip().replace(ENCODED_WORD, "= ?")  # so that mail programs do not decode the text after it
    return EmailMessage(subject, body.strip() + "\n", to=[to], headers=headers)
