"""Sends mail from templates. A mail server that is slow or unreachable never delays or fails a request."""

import logging
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends import console
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from core import background
from core.errors import DomainError
from core.languages import ENGLISH
from core.translation import gettext_noop

logger = logging.getLogger("core.mail")

ENCODED_WORD = "=?"  # an encoded word of a header begins with it (RFC 2047)
RULE = "=" * 78


class MailOff(DomainError):
    code = "mail_off"
    detail = gettext_noop("This service sends no mail. Ask its operator to set EMAIL_URL.")
    when = (
        "the service sends no mail, because `EMAIL_URL` is not set: a forgotten password, an invitation or the mail of"
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


def send_mail_later(
    *, template: str, to: str, language: str, context: dict[str, Any], log_fields: dict[str, Any]
) -> None:
    """Send a mail from the background thread, after the current transaction has committed."""
    job = partial(send_mail, template=template, to=to, language=language, context=context, log_fields=log_fields)
    transaction.on_commit(lambda: background.run_later(job))


def send_mail(
    *,
    template: str,
    to: str,
    language: str,
    context: dict[str, Any],
    log_fields: dict[str, Any],
    headers: dict[str, str] | None = None,
) -> str:
    """Send `mail/<template>.txt`, whose first line is the subject. Return the reason if this fails, otherwise "".

    The mail is in the language, which is that of the reader; an empty text means English.
    A mail that failed is not sent again. Log the result without the address and the text.
    """
    fields = {"mail": template, **log_fields}
    try:
        with translation.override(language or ENGLISH):
            message = build_mail(template, to, context, headers or {})
        message.send()
    except (OSError, ValueError, ValidationError) as error:  # the errors of smtplib are OSErrors
        code = getattr(error, "smtp_code", None)
        failure = {"error": type(error).__name__, **({"smtp_code": code} if code else {})}
        logger.warning("mail was not sent", extra={"fields": {**fields, **failure}})
        return f"The mail could not be sent: {' '.join(map(str, failure.values()))}."
    logger.info("mail was sent", extra={"fields": fields})
    return ""


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
