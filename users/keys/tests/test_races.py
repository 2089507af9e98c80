"""Concurrent requests that create, roll, revoke and use keys."""

import threading

import pytest

from testing.cast.people import client_of, make_key, make_user
from testing.races import TIMEOUT_SECONDS, run_behind_lock, run_concurrently, try_concurrently
from users.access.permissions import Caller
from users.errors import TooManyKeys
from users.keys import services as keys
from users.models import ApiKey, EventKind, SecurityEvent

pytestmark = [pytest.mark.django_db(transaction=True)]
KEYS = "/api/keys/"
ONE_LESS = keys.MAX_LIVE_KEYS - 1
AT_ONCE = 4


@pytest.fixture
def erin():
    return make_user("erin")


def use(text, address="127.0.0.1"):
    header = {"Authorization": f"Bearer {text}"}
    return client_of(None).get("/api/", headers=header, REMOTE_ADDR=address).status_code


def create_last_keys(user):
    """Create all keys but one, then several concurrently. Return the number of those that succeed."""
    for _ in range(ONE_LESS):
        make_key(user)
    results = try_concurrently(*[lambda: make_key(user)] * AT_ONCE)
    assert all(isinstance(result, tuple | TooManyKeys) for result in results)
    return sum(isinstance(result, tuple) for result in results)


def test_concurrent_requests_create_one_last_key(erin):
    assert create_last_keys(erin) == 1


def test_without_the_lock_several_are_created(erin, monkeypatch):
    """This is the negative control."""
    all_have_begun = threading.Barrier(AT_ONCE)
    live = ApiKey.objects.none().live

    def wait_after_counting(rows):
        counted = list(live.__func__(rows))
        if len(counted) == ONE_LESS:
            all_have_begun.wait(TIMEOUT_SECONDS)
        return type("Counted", (), {"count": lambda _: len(counted)})()

    monkeypatch.setattr(keys, "lock_user", lambda _: None)
    monkeypatch.setattr("users.models.KeyQuerySet.live", wait_after_counting)
    assert create_last_keys(erin) == AT_ONCE


@pytest.mark.parametrize("hours", [0, 24])
def test_one_of_several_concurrent_rolls_succeeds(erin, hours):
    key = make_key(erin)[0]
    client = client_of(erin)
    rolls = [lambda: client.post(f"{KEYS}{key.pk}/roll/", {"overlap_hours": hours}).status_code] * AT_ONCE
    assert sorted(run_concurrently(*rolls)) == [201] + [409] * (AT_ONCE - 1)
    assert ApiKey.objects.count() == 2


def test_concurrent_uses_from_a_new_network_record_one_event(erin):
    text = make_key(erin)[1]
    assert run_concurrently(*[lambda: use(text, "203.0.113.5")] * AT_ONCE) == [200] * AT_ONCE
    assert SecurityEvent.objects.filter(kind=EventKind.API_KEY_USED_FROM_NEW_NETWORK).count() == 1


def test_concurrent_revocations_record_one_event(erin):
    key = make_key(erin)[0]
    assert sorted(run_concurrently(*[lambda: keys.revoke(by=Caller(erin), key=key)] * AT_ONCE)) == [False] * 3 + [True]
    assert SecurityEvent.objects.filter(kind=EventKind.API_KEY_REVOKED).count() == 1


def test_no_request_that_begins_after_a_revocation_succeeds(erin):
    key, text = make_key(erin)
    revoked, late = threading.Event(), []

    def use_again_and_again():
        while True:
            is_late = revoked.is_set()
            status = use(text)
            if is_late:
                return late.append(status)

    def revoke():
        assert client_of(erin).delete(f"{KEYS}{key.pk}/").status_code == 204
        revoked.set()

    run_concurrently(*[use_again_and_again] * AT_ONCE, revoke)
    assert late == [401] * AT_ONCE


def test_a_roll_waits_for_a_revocation_and_fails(erin):
    key = make_key(erin)[0]
    client = client_of(erin)
    status = run_behind_lock(
        lambda: keys.revoke(by=Caller(erin), key=key), lambda: client.post(f"{KEYS}{key.pk}/roll/").status_code
    )
    assert (status, ApiKey.objects.count()) == (409, 1)
