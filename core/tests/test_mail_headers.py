"""Texts of users in the headers of mails do not change, because mail programs do not decode them."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.core.exceptions import ValidationError

from core import mail
from testing.tables import all_cases

MAX_LINE_BYTES = 998  # the limit of a line in a mail (RFC 5322)
WORD = "=?utf-8?b?UGF5IG5vdw==?="  # it decodes to "Pay now"


def build(monkeypatch, subject, to="mill@example.org", headers=None):
    monkeypatch.setattr(mail, "render_to_string", lambda *_: f"{subject}\nText")
    return mail.build_mail("purchase_order", to, {}, headers or {})


def read_subject(message):
    """Return the subject as a mail program shows it."""
    return message_from_bytes(message.message().as_bytes(), policy=default)["Subject"].strip()


@all_cases("name", [WORD, f"Tee & Töpfe {WORD}", f"=?{WORD}", "=?utf-8?q?a?=\t=?utf-8?q?b?="])
def test_an_encoded_word_in_a_subject_is_not_decoded(monkeypatch, name):
    subject = read_subject(build(monkeypatch, f"Order 7 from {name}"))
    assert "Pay now" not in subject
    assert "=?" not in subject
    assert subject.startswith("Order 7 from ")


def test_long_lines_and_dots_of_a_text_arrive_whole(monkeypatch):
    text = f".\n..a\nFrom here\n{'ä' * 1900}\n{'x' * 3000}"
    monkeypatch.setattr(mail, "render_to_string", lambda *_: f"Order\n{text}")
    sent = mail.build_mail("purchase_order", "mill@example.org", {}, {}).message()
    assert max(map(len, sent.as_bytes().splitlines())) <= MAX_LINE_BYTES
    assert message_from_bytes(sent.as_bytes(), policy=default).get_content() == f"{text}\n"


def test_addresses_with_umlauts_in_their_domains_are_written_in_ascii(monkeypatch):
    sent = build(monkeypatch, "Order", "info@müller.example", {"Reply-To": "alice@häuser.example"}).message()
    assert (sent["To"], sent["Reply-To"]) == ("info@xn--mller-kva.example", "alice@xn--huser-gra.example")


@all_cases("template", sorted(Path(settings.BASE_DIR).glob("[!.]*/**/mail/*.txt")))
def test_texts_of_users_are_not_escaped(template):
    """Mail is plain text, in which readers would see &amp;."""
    text = template.read_text()
    assert text.count("{% autoescape off %}") == text.count("{% endautoescape %}") == 1
    assert "{{" not in text.split("{% autoescape off %}")[0]


def test_other_subjects_stay_as_they_are(monkeypatch):
    assert read_subject(build(monkeypatch, "Bestellung 7 – wirklich? = ja")) == "Bestellung 7 – wirklich? = ja"


@all_cases("place", ["to", "Reply-To"])
def test_an_address_with_an_encoded_word_gets_no_mail(monkeypatch, place):
    address = "=?utf-8?q?mill=40example.org=3e?=@example.org"
    with pytest.raises(ValidationError):
        build(monkeypatch, "Order", **({"to": address} if place == "to" else {"headers": {"Reply-To": address}}))
    assert outbox.outbox == []
