"""Requests for a link to set a new password, after a user has forgotten it."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from core import background
from testing.cast.namesakes import accept_namesakes
from testing.cast.people import PASSWORD, client_of, make_user
from testing.tables import all_cases
from users.access.permissions import Caller
from users.access.roles import Role
from users.models import AttemptCounter, SecurityEvent, User
from users.sign_in import password_services
from users.sign_in.rate_limits import MAX_RESETS_PER_HOUR
from users.sign_in.tests.reset_links import (
    NEW,
    RESET,
    can_sign_in,
    confirm,
    list_events,
    parse_link,
    request_link,
)

pytestmark = pytest.mark.usefixtures("mails_at_once")

SENT = {
    "detail": "If an active user with an e-mail address has this name or address, a mail with a link is on its way."
}


# --- Asking for a link --------------------------------------------------------------------------------------------


@all_cases(
    "body",
    [{"username": "alice"}, {"username": "ALICE"}, {"username": "Alice@Example.org"}, {"email": "Alice@Example.org"}],
)
def test_mails_a_link_by_user_name_or_address(alice, body):
    mail.outbox.clear()
    response = request_link(**body)
    assert (response.status_code, response.json()) == (202, SENT)
    [sent] = mail.outbox
    assert sent.to == ["alice@example.org"]
    assert "alice" in sent.body
    assert "http://127.0.0.1:8000/accounts/password/reset/" in sent.body
    assert confirm(parse_link(sent.body)).status_code == 204
    assert can_sign_in("alice", NEW)
    assert not can_sign_in("alice", PASSWORD)


@all_cases("body", [{}, {"username": "alice", "email": "a@example.org"}, {"email": "nowhere"}, {"username": ""}])
def test_refuses_a_body_without_exactly_one_valid_name(alice, body):
    assert request_link(**body).status_code == 400
    assert not mail.outbox


def test_the_page_finds_a_user_whose_name_is_the_address_of_another_one(alice):
    with accept_namesakes():
        make_user("alice@example.org", email="other@example.org")
    password_services.request_password_reset(by=Caller(), username="alice@example.org")
    assert sorted(sent.to[0] for sent in mail.outbox) == ["alice@example.org", "other@example.org"]


def make_unreachable_users(owner):
    """Return users who get no mail: one without an address, a deactivated one, and one with a deactivated employer."""
    gone = make_user("gone", role=Role.OWNER, email="gone@example.org")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    orphan = make_user("orphan", role=Role.WORKER, email="orphan@example.org")
    User.objects.filter(pk=orphan.pk).update(employer=gone)
    make_user("silent")
    return ["gone", "orphan", "silent"]


def measure(**body):
    """Return everything that a client can see, and the statements of the request without those of the job that it
    queues.
    """
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


def test_a_request_does_not_reveal_whether_the_user_exists(alice, queued):
    measure(username="warm-up")  # the first request of an address also deletes expired counters
    names = ["alice", "nobody", *make_unreachable_users(alice)]
    first, *others = [measure(username=name) for name in names]
    assert first[0] == 202
    assert others == [first] * len(others)
    assert measure(email="alice@example.org") == measure(email="nobody@example.org")
    assert len(queued) == len(names) + 3
    assert not [statement for statement in first[3] if "users_user" in statement]


def test_the_negative_control_sees_a_lookup_in_the_request(alice, monkeypatch):
    """The service of this test looks up the user before it responds."""
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


@all_cases("name", ["alice", "nobody"])
def test_limits_the_links_under_a_name_known_or_not(alice, name):
    statuses = [request_link(username=name).status_code for _ in range(MAX_RESETS_PER_HOUR + 1)]
    assert statuses == [202] * MAX_RESETS_PER_HOUR + [429]
    response = request_link(username=name.upper())
    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert 0 < int(response.headers["Retry-After"]) <= 60 * 60
    assert request_link(username="another").status_code == 202
    AttemptCounter.objects.update(expires_at=F("expires_at") - timedelta(hours=1))
    assert request_link(username=name).status_code == 202


def test_limits_the_links_from_an_address(db, settings):
    settings.SIGNUPS_PER_ADDRESS = 3
    assert [request_link(username=f"name{number}").status_code for number in range(4)] == [202, 202, 202, 429]


def test_counters_contain_no_name(alice):
    request_link(email="alice@example.org")
    assert not [key for key in AttemptCounter.objects.values_list("key", flat=True) if "alice" in key]
