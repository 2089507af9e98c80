"""Mail that was not accepted: the reason, and further tries if the mail server is away or busy."""

import smtplib

import pytest
from django.core import mail as outbox
from django.utils import translation

from core import background, mail
from testing.tables import all_cases

LETTER = {"template": "email_changed", "to": "a@example.org", "language": "", "context": {}, "log_fields": {}}
GREYLISTED = smtplib.SMTPRecipientsRefused({"a@example.org": (450, b"4.7.1 Try again")})
UNKNOWN = smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"5.1.1 User unknown")})


def refuse(monkeypatch, *errors):
    """Let the mail server refuse mail with these errors, one after the other, and then accept it.

    Return the list of the errors that are left, and the list of the ids of the mails that were tried.
    """
    left, ids, send = list(errors), [], outbox.EmailMessage.send

    def send_or_raise(message):
        ids.append(message.extra_headers.get("Message-ID"))
        if left:
            raise left.pop(0)
        return send(message)

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send_or_raise)
    return left, ids


@all_cases(
    ("error", "text", "is_temporary"),
    [
        (ConnectionRefusedError(), mail.AWAY, True),
        (TimeoutError(), mail.AWAY, True),
        (smtplib.SMTPServerDisconnected(), mail.AWAY, True),
        (smtplib.SMTPConnectError(421, b"later"), f"{mail.BUSY} (SMTP 421)", True),
        (GREYLISTED, f"{mail.BUSY} (SMTP 450)", True),
        (smtplib.SMTPDataError(452, b"full"), f"{mail.BUSY} (SMTP 452)", True),
        (UNKNOWN, f"{mail.WRONG_ADDRESS} (SMTP 550)", False),
        (smtplib.SMTPDataError(554, b"spam"), f"{mail.REFUSED} (SMTP 554)", False),
        (smtplib.SMTPAuthenticationError(535, b"no"), f"{mail.REFUSED} (SMTP 535)", False),
        (ValueError(), mail.INVALID, False),
    ],
)
def test_names_the_reason(monkeypatch, error, text, is_temporary):
    refuse(monkeypatch, error)
    failure = mail.try_mail(**LETTER)
    assert (str(failure), failure.is_temporary) == (text, is_temporary)


def test_a_reason_is_translated_and_the_code_stays():
    with translation.override("de"):
        assert mail.translate_failure(f"{mail.WRONG_ADDRESS} (SMTP 550)").endswith(" (SMTP 550)")
        assert mail.translate_failure("") == ""


@pytest.mark.quick
def test_a_mail_is_tried_again_after_each_pause_until_it_is_accepted(monkeypatch, caplog):
    pauses = []
    monkeypatch.setattr(background, "run_after", lambda seconds, job: (pauses.append(seconds), job()))
    _, ids = refuse(monkeypatch, GREYLISTED, ConnectionRefusedError())
    mail.send_mail(mail.PAUSES_SECONDS, **LETTER)
    assert (len(ids), len(set(ids))) == (3, 1)
    assert [sent.to for sent in outbox.outbox] == [["a@example.org"]]
    assert pauses == [60, 600]
    assert caplog.text.count("mail was not sent") == 2
    assert "a@example.org" not in caplog.text


@all_cases(("errors", "left"), [([GREYLISTED] * 5, 1), ([UNKNOWN] * 2, 1)])
def test_a_mail_is_given_up_after_the_last_pause_or_a_final_refusal(monkeypatch, errors, left):
    assert len(refuse_all(monkeypatch, errors)) == left
    assert outbox.outbox == []


def refuse_all(monkeypatch, errors):
    left, _ = refuse(monkeypatch, *errors)
    mail.send_mail(mail.PAUSES_SECONDS, **LETTER)
    return left


@pytest.mark.parametrize(
    ("sender", "domain"),
    [("shop@example.org", "example.org"), ('"Tea, Ltd" <shop@müller.example>', "xn--mller-kva.example")],
)
def test_the_id_of_a_mail_has_the_domain_of_its_sender(settings, sender, domain):
    settings.DEFAULT_FROM_EMAIL = sender
    mail.send_mail((), **LETTER)
    assert outbox.outbox[0].message()["Message-ID"].endswith(f"@{domain}>")
