"""Texts of users in the headers of mails do not change, because mail programs do not decode them."""

from email import message_from_bytes
from email.policy import default

import pytest
from django.core import mail as outbox
from django.core.exceptions import ValidationError

from core import mail

WORD = "=?utf-8?b?UGF5IG5vdw==?="  # it decodes to "Pay now"


def build(monkeypatch, subject, to="mill@example.org", headers=None):
    monkeypatch.setattr(mail, "render_to_string", lambda *_: f"{subject}\nText")
    return mail.build_mail("purchase_order", to, {}, headers or {})


def read_subject(message):
    """Return the subject as a mail program shows it."""
    return message_from_bytes(message.message().as_bytes(), policy=default)["Subject"].strip()


@pytest.mark.parametrize("name", [WORD, f"Tee & Töpfe {WORD}", f"=?{WORD}", "=?utf-8?q?a?=\t=?utf-8?q?b?="])
def test_an_encoded_word_in_a_subject_is_not_decoded(monkeypatch, name):
    subject = read_subject(build(monkeypatch, f"Order 7 from {name}"))
    assert "Pay now" not in subject
    assert "=?" not in subject
    assert subject.startswith("Order 7 from ")


def test_other_subjects_stay_as_they_are(monkeypatch):
    assert read_subject(build(monkeypatch, "Bestellung 7 – wirklich? = ja")) == "Bestellung 7 – wirklich? = ja"


@pytest.mark.parametrize("place", ["to", "Reply-To"])
def test_an_address_with_an_encoded_word_gets_no_mail(monkeypatch, place):
    address = "=?utf-8?q?mill=40example.org=3e?=@example.org"
    with pytest.raises(ValidationError):
        build(monkeypatch, "Order", **({"to": address} if place == "to" else {"headers": {"Reply-To": address}}))
    assert outbox.outbox == []
