"""A forgotten password: the request for a link, the link, and the new password."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import background
from testing.cast import PASSWORD, client_of, make_user
from users import links, services, tokens
from users.callers import Caller
from users.models import Attempt, Role, SecurityEvent, User
from users.name_throttling import MAX_RESETS_PER_HOUR

RESET, CONFIRM = "/api/auth/password/reset/", "/api/auth/password/reset/confirm/"
NEW = "another-horse-8"
SENT = {
    "detail": "If an active user with an e-mail address has this name or address, a mail with a link is on its way."
}


@pytest.fixture(autouse=True)
def mails_at_once(monkeypatch):
    """Send mail when it is queued: the tests' transactions never commit."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda job, **_: job())


def request_link(client=None, **body):
    return (client or client_of(None)).post(RESET, body)


def parse_link(text):
    """Return uid and token of the link in a mail."""
    return dict(
        zip(("uid", "token"), re.search(r"/accounts/password/reset/([^/]+)/([^/]+)/", text).groups(), strict=True)
    )


def make_link(user, generator=links.RESET):
    return {"uid": links.encode_uid(user), "token": generator.make_token(user)}


def confirm(link, new_password=NEW):
    return client_of(None).post(CONFIRM, {**link, "new_password": new_password})


def can_sign_in(name, password):
    return client_of(None).post("/api/login/", {"username": name, "password": password}).status_code == 200


def list_events(user):
    return [event.kind for event in SecurityEvent.objects.filter(user=user).order_by("id")]


# --- Asking for a link --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{"username": "alice"}, {"username": "ALICE"}, {"email": "Alice@Example.org"}])
def test_mails_a_link_by_user_name_or_address(alice, body):
    response = request_link(**body)
    assert (response.status_code, response.json()) == (202, SENT)
    [sent] = mail.outbox
    assert sent.to == ["alice@example.org"]
    assert "alice" in sent.body
    assert "http://127.0.0.1:8000/accounts/password/reset/" in sent.body
    assert confirm(parse_link(sent.body)).status_code == 204
    assert can_sign_in("alice", NEW)
    assert not can_sign_in("alice", PASSWORD)


@pytest.mark.parametrize(
    "body", [{}, {"username": "alice", "email": "a@example.org"}, {"email": "nowhere"}, {"username": ""}]
)
def test_refuses_a_body_without_exactly_one_valid_name(alice, body):
    assert request_link(**body).status_code == 400
    assert not mail.outbox


def test_the_page_finds_a_user_whose_name_is_the_address_of_another_one(alice):
    make_user("alice@example.org", email="other@example.org")
    services.request_password_reset(by=Caller(), username="alice@example.org", email="alice@example.org")
    assert sorted(sent.to[0] for sent in mail.outbox) == ["alice@example.org", "other@example.org"]


def make_unreachable_users(owner):
    """Return users who get no mail: without an address, deactivated, and with a deactivated employer."""
    gone = make_user("gone", role=Role.OWNER, email="gone@example.org")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    orphan = make_user("orphan", role=Role.WORKER, email="orphan@example.org")
    User.objects.filter(pk=orphan.pk).update(employer=gone)
    make_user("silent")
    return ["gone", "orphan", "silent"]


def measure(**body):
    """Return all that a client can see, and the statements of the request without the job that it queues."""
    with CaptureQueriesContext(connection) as queries:
        response = request_link(**body)
    comparable = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    statements = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]
    return response.status_code, response.content, comparable, statements


@pytest.fixture
def queued(monkeypatch):
    """Queue jobs without running them, and return them."""
    jobs = []
    monkeypatch.setattr(background, "run_later", jobs.append)
    return jobs


def test_a_request_does_not_tell_whether_there_is_such_a_user(alice, queued):
    measure(username="warm-up")  # the first request of an address also deletes expired counters
    names = ["alice", "nobody", *make_unreachable_users(alice)]
    first, *others = [measure(username=name) for name in names]
    assert first[0] == 202
    assert others == [first] * len(others)
    assert measure(email="alice@example.org") == measure(email="nobody@example.org")
    assert len(queued) == len(names) + 3
    assert not [statement for statement in first[3] if "users_user" in statement]


def test_the_negative_control_sees_a_lookup_in_the_request(alice, monkeypatch):
    """Negative control: a service that looks up the user before it answers."""
    measure(username="warm-up")
    known, unknown = measure(username="alice"), measure(username="nobody")
    assert known[:3] == unknown[:3]
    assert known[3] != unknown[3]


def test_the_job_mails_only_reachable_users(alice):
    for name in make_unreachable_users(alice):
        assert request_link(username=name).status_code == 202
    assert not mail.outbox
    assert not SecurityEvent.objects.exists()


def test_records_the_request_and_the_new_password(alice):
    request_link(username="alice")
    confirm(parse_link(mail.outbox[0].body))
    assert list_events(alice) == ["reset_requested", "password_reset"]
    assert set(SecurityEvent.objects.values_list("actor", "account")) == {(None, alice.pk)}


def test_the_host_header_does_not_change_the_link(alice, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client_of(None).post(RESET, {"username": "alice"}, headers={"Host": "evil.example.com"})
    assert "evil" not in mail.outbox[0].body
    assert settings.PUBLIC_URL in mail.outbox[0].body


def test_links_begin_with_the_public_address(alice, settings):
    settings.PUBLIC_URL = "https://shop.example.org"
    request_link(username="alice")
    assert "\nhttps://shop.example.org/accounts/password/reset/" in mail.outbox[0].body
    assert mail.outbox[0].subject == "Set a new password for shop.example.org"


def test_refuses_if_the_service_sends_no_mail(alice, settings):
    settings.MAIL_ON = False
    response = request_link(username="alice")
    assert (response.status_code, response.json()["code"]) == (400, "mail_off")


# --- Limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_limits_the_links_under_a_name_known_or_not(alice, name):
    statuses = [request_link(username=name).status_code for _ in range(MAX_RESETS_PER_HOUR + 1)]
    assert statuses == [202] * MAX_RESETS_PER_HOUR + [429]
    response = request_link(username=name.upper())
    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert 0 < int(response.headers["Retry-After"]) <= 60 * 60
    assert request_link(username="another").status_code == 202
    Attempt.objects.update(expires_at=F("expires_at") - timedelta(hours=1))
    assert request_link(username=name).status_code == 202


def test_limits_the_links_from_an_address(db, settings):
    settings.SIGNUPS_PER_ADDRESS = 3
    assert [request_link(username=f"name{number}").status_code for number in range(4)] == [202, 202, 202, 429]


def test_counters_contain_no_name(alice):
    request_link(email="alice@example.org")
    assert not [key for key in Attempt.objects.values_list("key", flat=True) if "alice" in key]


# --- Setting the password -----------------------------------------------------------------------------------------


def assert_invalid(response):
    assert (response.status_code, response.json()["code"]) == (400, "reset_invalid")


def test_a_link_works_once(alice):
    link = make_link(alice)
    assert confirm(link).status_code == 204
    assert_invalid(confirm(link, "third-horse-99"))
    assert can_sign_in("alice", NEW)


def test_a_new_password_ends_all_tokens_sessions_and_other_links(alice, as_alice):
    pair = tokens.issue(alice)
    browser = Client()
    browser.force_login(alice)
    alice.refresh_from_db()  # a sign-in by a session ends links
    link, other = make_link(alice), make_link(alice, links.INVITATION)
    assert confirm(link).status_code == 204
    assert as_alice.get("/api/").status_code == 401
    assert client_of(None).post("/api/auth/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert browser.get("/api/").status_code in (401, 403)
    assert not Session.objects.exists()
    assert_invalid(confirm(other))


def end_by_password(user):
    services.change_user(by=Caller(), user=user, password=NEW)


def end_by_deactivation(user):
    services.deactivate(by=Caller(), user=user)


def end_by_address(user):
    services.change_user(by=Caller(), user=user, email="new@example.org")


def end_by_sql(user):
    """As the operator's page says to end a user's tokens."""
    User.objects.filter(pk=user.pk).update(token_version=F("token_version") + 1)


def end_by_restart_of_ids(user):
    """The database gives the same id to another user after a restore."""
    User.objects.filter(pk=user.pk).update(date_joined=user.date_joined + timedelta(seconds=1))


ENDS = [end_by_password, end_by_deactivation, end_by_address, end_by_sql, end_by_restart_of_ids]


@pytest.mark.parametrize("end", ENDS)
def test_a_link_ends_with_what_it_is_bound_to(alice, end):
    link = make_link(alice)
    end(alice)
    assert_invalid(confirm(link, "third-horse-99"))


def test_a_link_of_a_reactivated_user_stays_ended(alice):
    link = make_link(alice)
    services.deactivate(by=Caller(), user=alice)
    services.reactivate(by=Caller(), user=alice)
    assert_invalid(confirm(link))


def test_a_workers_link_ends_with_its_employer(bob, alice):
    link = make_link(bob)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert_invalid(confirm(link))


def test_a_link_sets_no_password_of_another_user(alice, charlie):
    link = {"uid": links.encode_uid(charlie), "token": links.RESET.make_token(alice)}
    assert_invalid(confirm(link))
    assert can_sign_in("charlie", PASSWORD)


def pass_time(monkeypatch, **passed):
    now = links.RESET._now()
    monkeypatch.setattr(links.LinkTokens, "_now", lambda _: now + timedelta(**passed))


@pytest.mark.parametrize(
    ("generator", "passed", "status"),
    [
        (links.RESET, {"hours": 2, "minutes": 59}, 204),
        (links.RESET, {"hours": 3, "seconds": 1}, 400),
        (links.INVITATION, {"days": 6, "hours": 23}, 204),
        (links.INVITATION, {"days": 7, "seconds": 2}, 400),
    ],
)
def test_a_link_expires(alice, monkeypatch, generator, passed, status):
    link = make_link(alice, generator)
    pass_time(monkeypatch, **passed)
    assert confirm(link).status_code == status


@pytest.mark.parametrize("uid", ["", "x", "MQ==", "ÿ", "\u0000", "9" * 64, "LTE", "TVE", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA"])
def test_a_wrong_uid_is_an_invalid_link(alice, uid):
    response = confirm({**make_link(alice), "uid": uid})
    assert response.status_code == 400
    assert list(response.json()) in (["uid"], ["detail", "code"])


@pytest.mark.parametrize("token", ["x", "-", "a-b", "a-b-c", "zzzzzzzzzzzzzzzz-0", "é-0", "0-" + "0" * 32])
def test_a_wrong_token_is_an_invalid_link(alice, token):
    assert_invalid(confirm({**make_link(alice), "token": token}))


@pytest.mark.parametrize("password", ["short", "12345678901", "alice@example.org", " " * 9])
def test_a_weak_password_is_refused_and_the_link_stays_valid(alice, password):
    link = make_link(alice)
    response = confirm(link, password)
    assert (response.status_code, list(response.json())) == (400, ["new_password"])
    assert confirm(link).status_code == 204


def test_a_new_password_lifts_the_sign_in_lock(alice, settings):
    settings.LOGIN_TRIES_PER_USER = 2
    while client_of(None).post("/api/login/", {"username": "alice", "password": "wrong-horse-7"}).status_code != 429:
        pass
    assert confirm(make_link(alice)).status_code == 204
    assert can_sign_in("alice", NEW)


def test_an_invalid_link_takes_no_hashing_slot(alice, monkeypatch):
    monkeypatch.setattr(services.login_throttling, "MAX_SLOT_WAIT_SECONDS", 0.01)
    with services.login_throttling.hashing_slot():
        assert_invalid(confirm({**make_link(alice), "token": "x"}))
        assert confirm(make_link(alice)).status_code == 503


# --- Mail ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["a@example.org\nBcc: b@example.org", "a@example.org, b@example.org", "nowhere"])
def test_mails_nothing_to_a_malformed_address(alice, address, caplog):
    """Only SQL can store such an address: the API and the support desk refuse it."""
    User.objects.filter(pk=alice.pk).update(email=address)
    assert request_link(username="alice").status_code == 202
    assert not mail.outbox
    assert "mail was not sent" in caplog.text
    assert address not in caplog.text


@pytest.mark.parametrize("name", ["eve\nBcc: b@example.org", "eve\r\n\r\nHello"])
def test_a_name_with_a_line_end_changes_no_header(alice, name):
    """Only SQL can store such a name."""
    User.objects.filter(pk=alice.pk).update(username=name)
    request_link(email="alice@example.org")
    [sent] = mail.outbox
    assert sent.recipients() == ["alice@example.org"]
    assert "Bcc" not in sent.message()
    assert "\n" not in sent.subject


def test_users_can_not_store_addresses_or_names_with_line_ends(as_alice):
    for field in ({"email": "a@example.org\nBcc: b@example.org"}, {"username": "eve\nBcc"}):
        assert as_alice.patch("/api/users/me/", field).status_code == 400


def test_a_mail_server_that_is_away_does_not_fail_the_request(alice, settings, caplog):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = 1, 1
    assert request_link(username="alice").status_code == 202
    assert [getattr(record, "fields", {}).get("error") for record in caplog.records if record.name == "core.mail"] == [
        "ConnectionRefusedError"
    ]
    assert list_events(alice) == ["reset_requested"]


def test_a_change_of_the_address_is_an_event_and_a_mail_to_the_old_one(alice, as_alice):
    assert as_alice.patch("/api/users/me/", {"email": "new@example.org"}).status_code == 200
    assert [sent.to for sent in mail.outbox] == [["alice@example.org"]]
    assert "new@example.org" not in mail.outbox[0].body
    assert list_events(alice) == ["email_changed"]
    assert as_alice.patch("/api/users/me/", {"email": "new@example.org"}).status_code == 200
    assert len(mail.outbox) == 1


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


@pytest.fixture
def support(db):
    client = Client()
    client.force_login(User.objects.create_superuser("support", password=PASSWORD))
    return client


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


@pytest.mark.parametrize("field", ["uid", "token", "new_password"])
def test_setting_a_password_needs_all_fields(alice, field):
    body = {**make_link(alice), "new_password": NEW}
    del body[field]
    assert list(client_of(None).post(CONFIRM, body).json()) == [field]
