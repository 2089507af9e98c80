"""The mails about passwords and addresses, and the desk's action that sends a link."""

import pytest
from django.core import mail
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.models import SecurityEvent, User
from users.sign_in.tests.reset_links import NEW, confirm, list_events, parse_link, request_link

pytestmark = pytest.mark.usefixtures("mails_at_once")


@pytest.mark.quick
@all_cases("address", ["a@example.org\nBcc: b@example.org", "a@example.org, b@example.org", "nowhere"])
def test_mails_nothing_to_a_malformed_address(alice, address, caplog):
    """Only SQL can store such an address: the API and the support desk refuse it."""
    caplog.clear()
    User.objects.filter(pk=alice.pk).update(email=address)
    assert request_link(username="alice").status_code == 202
    assert not mail.outbox
    assert "mail was not sent" in caplog.text
    assert address not in caplog.text


@all_cases("name", ["eve\nBcc: b@example.org", "eve\r\n\r\nHello"])
def test_a_name_with_a_line_end_changes_no_header(alice, name):
    """Only SQL can store such a name."""
    mail.outbox.clear()
    User.objects.filter(pk=alice.pk).update(username=name)
    request_link(email="alice@example.org")
    [sent] = mail.outbox
    assert sent.recipients() == ["alice@example.org"]
    assert "Bcc" not in sent.message()
    assert "\n" not in sent.subject


@all_cases(
    ("own", "shop", "subject"),
    [
        (None, "en", "Set a new password for"),
        (None, "de", "Neues Passwort für"),
        ("fr", "de", "Définir un nouveau mot de passe pour"),
        ("es", "de", "Fijar una contraseña nueva para"),
    ],
)
def test_a_mail_has_the_language_of_its_reader_whatever_the_request_asks_for(alice, own, shop, subject):
    mail.outbox.clear()
    User.objects.filter(pk=alice.pk).update(language=own, shop_language=shop)
    Client().post("/api/auth/password/reset/", {"username": "alice"}, headers={"Accept-Language": "fr"})
    [sent] = mail.outbox
    assert sent.subject.startswith(subject)
    assert parse_link(sent.body)


def test_users_can_not_store_addresses_or_names_with_line_ends(as_alice):
    for field in ({"email": "a@example.org\nBcc: b@example.org"}, {"username": "eve\nBcc"}):
        assert as_alice.patch("/api/users/me/", field).status_code == 400


def test_a_mail_server_that_is_away_does_not_fail_the_request(alice, settings, caplog):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = 1, 1
    assert request_link(username="alice").status_code == 202
    errors = {getattr(record, "fields", {}).get("error") for record in caplog.records if record.name == "core.mail"}
    assert errors == {"ConnectionRefusedError"}
    assert list_events(alice) == ["reset_requested"]


@pytest.mark.quick
def test_a_change_of_the_address_is_an_event_and_a_mail_to_the_old_one(alice, as_alice):
    assert as_alice.patch("/api/users/me/", {"email": "new@example.org"}).status_code == 200
    assert [sent.to for sent in mail.outbox] == [["alice@example.org"]]
    assert "new@example.org" not in mail.outbox[0].body
    assert list_events(alice) == ["email_changed"]
    assert as_alice.patch("/api/users/me/", {"email": "new@example.org"}).status_code == 200
    assert len(mail.outbox) == 1


@all_cases("way", ["own", "link", "owner"])
def test_a_new_password_is_told_to_its_user(alice, bob, as_alice, way):
    mail.outbox.clear()
    User.objects.filter(pk=bob.pk).update(email="bob@example.org", confirmed_email="bob@example.org")
    if way == "own":
        answer = client_of(bob).post("/api/auth/password/", {"old_password": PASSWORD, "new_password": NEW})
    elif way == "link":
        request_link(username="bob")
        answer = confirm(parse_link(mail.outbox.pop().body))
    else:
        answer = as_alice.patch(f"/api/users/{bob.pk}/", {"password": NEW})
    assert answer.status_code in (200, 204)
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["bob@example.org"], "Your password at 127.0.0.1:8000 was changed")
    assert "The password of the user bob" in sent.body
    assert NEW not in sent.body


@pytest.mark.quick
def test_the_first_password_of_an_invited_worker_is_not_told(as_alice):
    as_alice.post("/api/users/", {"username": "erin", "email": "erin@example.org"})
    assert confirm(parse_link(mail.outbox.pop().body)).status_code == 204
    assert mail.outbox == []


def test_the_log_has_no_address_and_no_link(alice, caplog):
    caplog.set_level("INFO")
    request_link(username="alice")
    link = parse_link(mail.outbox[0].body)
    Client().get(f"/accounts/password/reset/{link['uid']}/{link['token']}/", follow=True)
    confirm(link)
    text = "\n".join(f"{record.getMessage()} {getattr(record, 'fields', '')}" for record in caplog.records)
    assert "mail was sent" in text
    assert not [secret for secret in ("alice@example.org", link["token"], NEW) if secret in text]


# --- The support desk ---------------------------------------------------------------------------------------------


def press(client, *users):
    body = {"action": "send_link", "_selected_action": [user.pk for user in users]}
    return client.post("/admin/users/user/", body, follow=True).text


@pytest.mark.quick
def test_support_sends_a_link(support, alice, charlie):
    assert "Link to set a password sent: alice." in press(support, alice, charlie)
    assert [sent.to for sent in mail.outbox] == [["alice@example.org"]]
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor.username) == ("reset_requested", alice, "support")


def test_support_without_mail_has_no_such_action(support, alice, settings):
    settings.MAIL_ON = False
    assert "send_link" not in support.get("/admin/users/user/").text
    press(support, alice)
    assert not mail.outbox
