"""Links to set a password: their effects, and what ends them."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import F
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.models import User
from users.sign_in import password_services, throttling, tokens
from users.sign_in.tests.reset_links import (
    CONFIRM,
    NEW,
    assert_invalid,
    can_sign_in,
    confirm,
    make_link,
)


def test_a_link_works_once(alice):
    link = make_link(alice)
    assert confirm(link).status_code == 204
    assert_invalid(confirm(link, "third-horse-99"))
    assert can_sign_in("alice", NEW)


@pytest.mark.quick
def test_a_new_password_ends_all_tokens_sessions_and_other_links(alice, as_alice):
    pair = tokens.issue_tokens(alice)
    browser = Client()
    browser.force_login(alice)
    alice.refresh_from_db()  # a sign-in by a session ends links
    link, other = make_link(alice), make_link(alice, password_services.INVITATION)
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
    """End the tokens as the operator's page says."""
    User.objects.filter(pk=user.pk).update(token_version=F("token_version") + 1)


def end_by_restart_of_ids(user):
    """Give the same id to another user, as the database does after a restore."""
    User.objects.filter(pk=user.pk).update(date_joined=user.date_joined + timedelta(seconds=1))


ENDS = [end_by_password, end_by_deactivation, end_by_address, end_by_sql, end_by_restart_of_ids]


@all_cases("end", ENDS)
def test_a_link_ends_with_what_it_is_bound_to(alice, end):
    link = make_link(alice)
    end(alice)
    assert_invalid(confirm(link, "third-horse-99"))


def test_a_link_of_a_reactivated_user_stays_ended(alice):
    link = make_link(alice)
    services.deactivate(by=Caller(), user=alice)
    services.reactivate(by=Caller(), user=alice)
    assert_invalid(confirm(link))


@pytest.mark.quick
def test_a_workers_link_ends_with_its_employer(bob, alice):
    link = make_link(bob)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert_invalid(confirm(link))


def test_a_link_sets_no_password_of_another_user(alice, charlie):
    link = {"uid": password_services.encode_uid(charlie), "token": password_services.RESET.make_token(alice)}
    assert_invalid(confirm(link))
    assert can_sign_in("charlie", PASSWORD)


def pass_time(monkeypatch, **passed):
    now = password_services.RESET._now()
    monkeypatch.setattr(password_services.LinkTokens, "_now", lambda _: now + timedelta(**passed))


@pytest.mark.quick
@all_cases(
    ("generator", "passed", "status"),
    [
        (password_services.RESET, {"hours": 2, "minutes": 59}, 204),
        (password_services.RESET, {"hours": 3, "seconds": 1}, 400),
        (password_services.INVITATION, {"days": 6, "hours": 23}, 204),
        (password_services.INVITATION, {"days": 7, "seconds": 2}, 400),
    ],
)
def test_a_link_expires(alice, monkeypatch, generator, passed, status):
    link = make_link(alice, generator)
    pass_time(monkeypatch, **passed)
    assert confirm(link).status_code == status


@all_cases("uid", ["", "x", "MQ==", "ÿ", "\u0000", "9" * 64, "LTE", "TVE", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA"])
def test_a_wrong_uid_is_an_invalid_link(alice, uid):
    response = confirm({**make_link(alice), "uid": uid})
    assert response.status_code == 400
    assert list(response.json()) in (["uid"], ["detail", "code"])


@all_cases("token", ["x", "-", "a-b", "a-b-c", "zzzzzzzzzzzzzzzz-0", "é-0", "0-" + "0" * 32])
def test_a_wrong_token_is_an_invalid_link(alice, token):
    assert_invalid(confirm({**make_link(alice), "token": token}))


@all_cases("password", ["short", "12345678901", "alice@example.org", " " * 9])
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
    monkeypatch.setattr(throttling, "MAX_SLOT_WAIT_SECONDS", 0.01)
    with throttling.hashing_slot():
        assert_invalid(confirm({**make_link(alice), "token": "x"}))
        assert confirm(make_link(alice)).status_code == 503


@all_cases("field", ["uid", "token", "new_password"])
def test_setting_a_password_needs_all_fields(alice, field):
    body = {**make_link(alice), "new_password": NEW}
    del body[field]
    assert list(client_of(None).post(CONFIRM, body).json()) == [field]
