"""Security events: their kinds, the users who may read them, and the log."""

import json
import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F
from django.test import Client
from django.utils import timezone

from core.http.logging import JSONFormatter
from testing.cast.people import PASSWORD, client_of, make_user
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.events import services as events
from users.models import AttemptCounter, EventKind, RefreshFamily, SecurityEvent, User
from users.sign_in import tokens

EVENTS = "/api/users/events/"
NEW = "another-horse-8"
WRONG = "wrong-horse-7"


def list_events():
    """Return kind, user and actor of every event, oldest first."""
    return [(e.kind, str(e.user), str(e.actor)) for e in SecurityEvent.objects.order_by("id")]


def read(client, **query):
    """Return kind and user of the events in the response, newest first."""
    response = client.get(EVENTS, query)
    assert response.status_code == 200
    return [(event["kind"], event["user"]) for event in response.json()["results"]]


def guess(name="alice", address="192.0.2.7"):
    return client_of(None).post("/api/login/", {"username": name, "password": WRONG}, REMOTE_ADDR=address).status_code


# --- Recording ----------------------------------------------------------------------------------------


def test_records_a_password_that_its_user_changes(as_alice):
    response = as_alice.post("/api/auth/password/", {"old_password": PASSWORD, "new_password": NEW})
    assert response.status_code == 200
    assert list_events() == [("password_changed", "alice", "None")]


def test_events_of_a_worker_name_the_owner_who_caused_them(as_alice, bob):
    for change in ({"password": NEW}, {"is_active": False}, {"is_active": True}):
        assert as_alice.patch(f"/api/users/{bob.pk}/", change).status_code == 200
    kinds = ["password_changed", "deactivated", "reactivated"]
    assert list_events() == [(kind, "bob", "alice") for kind in kinds]


def test_closing_an_account_records_an_event_for_each_of_its_users(as_alice, bob):
    assert as_alice.delete("/api/users/me/").status_code == 204
    assert list_events() == [("deactivated", "alice", "None"), ("deactivated", "bob", "alice")]


def test_records_nothing_if_nothing_changes(as_alice, bob):
    for change in ({"is_active": True}, {"role": "worker"}, {"phone": "1"}):
        assert as_alice.patch(f"/api/users/{bob.pk}/", change).status_code == 200
    services.deactivate(by=Caller(), user=bob)
    services.deactivate(by=Caller(), user=bob)
    assert list_events() == [("deactivated", "bob", "None")]


def test_records_a_worker_that_becomes_an_owner(as_dora):
    assert as_dora.patch("/api/users/me/", {"role": "owner"}).status_code == 200
    assert list_events() == [("role_changed", "dora", "None")]


def test_records_a_sign_out_everywhere_but_not_of_one_sign_in(as_alice, alice):
    assert as_alice.post("/api/auth/logout/", {"refresh": tokens.issue_tokens(alice)["refresh"]}).status_code == 204
    assert list_events() == []
    assert as_alice.post("/api/auth/logout/").status_code == 204
    assert list_events() == [("signed_out_everywhere", "alice", "None")]


def test_records_a_reused_refresh_token_but_no_retry(as_nobody, alice):
    spent = tokens.issue_tokens(alice)["refresh"]
    tokens.rotate(by=Caller(), refresh=spent)
    assert as_nobody.post("/api/auth/refresh/", {"refresh": spent}).status_code == 200
    assert list_events() == []
    RefreshFamily.objects.update(rotated_at=timezone.now() - timedelta(seconds=601))
    for _ in range(2):
        assert as_nobody.post("/api/auth/refresh/", {"refresh": spent}).status_code == 401
    assert list_events() == [("tokens_reused", "alice", "None")]


def test_records_nothing_for_a_refused_request(as_alice, bob):
    assert as_alice.patch(f"/api/users/{bob.pk}/", {"password": "short"}).status_code == 400
    assert as_alice.post("/api/auth/password/", {"old_password": WRONG, "new_password": NEW}).status_code == 400
    assert list_events() == []


# --- Locks ------------------------------------------------------------------------------------------------


@pytest.fixture
def three_tries(settings):
    settings.LOGIN_TRIES_PER_USER = 3


@pytest.mark.quick
def test_records_one_event_for_each_pause_of_a_locked_name(three_tries, alice):
    assert [guess() for _ in range(9)] == [401] * 3 + [429] * 6
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor, event.address) == ("sign_in_locked", alice, None, "192.0.2.7")
    AttemptCounter.objects.update(expires_at=F("expires_at") - timedelta(seconds=30))
    assert [guess() for _ in range(3)] == [401, 429, 429]
    assert SecurityEvent.objects.count() == 2


@pytest.mark.quick
def test_several_wrong_sign_ins_below_the_limit_are_one_event_that_the_owner_sees(as_alice, bob):
    assert [guess("bob") for _ in range(8)] == [401] * 8
    assert list_events() == [("sign_in_failed", "bob", "None")]
    [shown] = as_alice.get("/api/users/events/").data["results"]
    assert (shown["kind"], shown["user"], shown["address"]) == ("sign_in_failed", bob.pk, "192.0.2.7")


def test_a_few_wrong_sign_ins_are_no_event(bob):
    for _ in range(2):
        assert [guess("bob") for _ in range(4)] == [401] * 4
        right = {"username": "bob", "password": PASSWORD}
        assert client_of(None).post("/api/login/", right, REMOTE_ADDR="192.0.2.7").status_code == 200
    assert list_events() == []


def test_records_nothing_for_a_locked_name_that_does_not_exist(three_tries, alice):
    assert [guess("nobody") for _ in range(4)] == [401, 401, 401, 429]
    assert list_events() == []


def test_records_nothing_if_the_last_free_attempt_is_right(three_tries, alice):
    assert [guess(), guess()] == [401, 401]
    assert client_of(None).post("/api/login/", {"username": "alice", "password": PASSWORD}).status_code == 200
    assert list_events() == []


@all_cases("page", ["/api-auth/login/", "/admin/login/"])
def test_a_lock_has_no_actor_even_if_the_guesser_is_signed_in(three_tries, alice, charlie, page):
    browser = Client()
    browser.force_login(charlie)
    for _ in range(3):
        browser.post(page, {"username": "ALICE", "password": WRONG})
    assert list_events() == [("sign_in_locked", "alice", "None")]


# --- Reading ----------------------------------------------------------------------------------------------


@pytest.fixture
def events_of_all(alice, bob, charlie, dora):
    for user in (alice, bob, charlie, dora):
        events.record_security_event(by=Caller(), user=user, kind=EventKind.PASSWORD_CHANGED)


@all_cases(
    ("reader", "users"), [("alice", {"alice", "bob"}), ("bob", {"bob"}), ("charlie", {"charlie"}), ("dora", {"dora"})]
)
def test_an_owner_reads_the_events_of_its_account_and_a_worker_its_own(events_of_all, reader, users):
    found = {user for _, user in read(client_of(User.objects.get(username=reader)))}
    assert found == set(User.objects.filter(username__in=users).values_list("pk", flat=True))


def test_an_event_has_user_kind_actor_address_and_time(as_alice, alice, bob):
    as_alice.patch(f"/api/users/{bob.pk}/", {"is_active": False}, REMOTE_ADDR="2001:db8::7")
    event = SecurityEvent.objects.get()
    assert as_alice.get(EVENTS).json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "id": event.pk,
                "user": bob.pk,
                "kind": "deactivated",
                "actor": alice.pk,
                "api_key": None,
                "address": "2001:db8::",
                "created_at": event.created_at.isoformat().replace("+00:00", "Z"),
            }
        ],
    }


def test_filters_by_user_and_kind(as_alice, alice, bob, events_of_all):
    events.record_security_event(by=Caller(), user=alice, kind=EventKind.UNLOCKED)
    assert read(as_alice, user=bob.pk) == [("password_changed", bob.pk)]
    assert read(as_alice, kind="unlocked") == [("unlocked", alice.pk)]
    assert read(as_alice, user=bob.pk, kind="unlocked") == []


@all_cases(("name", "value"), [("user", "abc"), ("kind", "nope"), ("page", "2"), ("cursor", "x")])
def test_returns_the_name_of_a_malformed_parameter(as_alice, name, value):
    response = as_alice.get(EVENTS, {name: value})
    assert (response.status_code, list(response.json())) == (400, [name])


def test_another_accounts_id_finds_nothing_like_an_unknown_one(as_charlie, alice, events_of_all):
    assert as_charlie.get(EVENTS, {"user": alice.pk}).content == as_charlie.get(EVENTS, {"user": 10**9}).content
    assert read(as_charlie, user=alice.pk) == []


def test_pages_are_ordered_newest_first(as_alice, alice):
    for kind in EventKind:
        events.record_security_event(by=Caller(), user=alice, kind=kind)
    address, kinds = f"{EVENTS}?page_size=3", []
    while address:
        page = as_alice.get(address).json()
        kinds += [event["kind"] for event in page["results"]]
        address = page["next"]
    assert kinds == [kind.value for kind in EventKind][::-1]


@all_cases("method", ["post", "put", "patch", "delete"])
def test_clients_can_not_write_events(as_alice, method):
    assert getattr(as_alice, method)(EVENTS, {}).status_code == 405


def test_the_number_of_statements_does_not_depend_on_the_number_of_events(
    as_alice, alice, bob, django_assert_num_queries
):
    for number in range(30):
        worker = make_user(f"worker{number}", role="worker")
        worker.employer = alice
        worker.save(update_fields=["employer"])
        events.record_security_event(by=Caller(), user=worker, kind=EventKind.DEACTIVATED)
    with django_assert_num_queries(2):
        assert len(read(as_alice, page_size=100)) == 30


def test_the_database_refuses_an_unknown_kind(alice):
    with pytest.raises(IntegrityError) as error:
        SecurityEvent.objects.create(user=alice, kind="party")
    assert error.value.__cause__.diag.constraint_name == "users_securityevent_kind"


# --- The log ------------------------------------------------------------------------------------------------


def parse_log_lines(caplog):
    return [json.loads(JSONFormatter().format(record)) for record in caplog.records if record.name == "users.events"]


def test_logs_an_event_with_ids_only(as_alice, alice, bob, caplog, django_capture_on_commit_callbacks):
    caplog.set_level(logging.INFO)
    with django_capture_on_commit_callbacks(execute=True):
        response = as_alice.patch(f"/api/users/{bob.pk}/", {"password": NEW})
    (line,) = parse_log_lines(caplog)
    del line["time"]
    assert line == {
        "level": "INFO",
        "logger": "users.events",
        "message": "security event",
        "event": "password_changed",
        "user": bob.pk,
        "actor": alice.pk,
        "request_id": response.headers["X-Request-ID"],
    }


@pytest.mark.quick
@all_cases("kind", EventKind)
def test_logs_suspicious_events_as_warnings(alice, kind, caplog, django_capture_on_commit_callbacks):
    caplog.set_level(logging.INFO)
    caplog.clear()
    with django_capture_on_commit_callbacks(execute=True):
        events.record_security_event(by=Caller(), user=alice, kind=kind)
    (line,) = parse_log_lines(caplog)
    assert line["level"] == ("WARNING" if kind in ("sign_in_failed", "sign_in_locked", "tokens_reused") else "INFO")


def test_does_not_log_an_event_that_is_rolled_back(as_alice, bob, caplog, django_capture_on_commit_callbacks):
    caplog.set_level(logging.INFO)
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.patch(f"/api/users/{bob.pk}/", {"password": NEW, "username": "ALICE"})
    assert (parse_log_lines(caplog), list_events()) == ([], [])
