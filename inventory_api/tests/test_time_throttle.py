"""WORK_SECONDS_PER_MINUTE: so much of a process's time for one account, which others then have."""

import time

import pytest

from conftest import make_product
from inventory_api import throttling
from inventory_api.throttling import SECONDS_AT_ONCE, TimeThrottle
from inventory_api.views import RootView


@pytest.fixture(autouse=True)
def clock(settings, monkeypatch):
    """A clock that goes on when it is told to, or while a request is slow."""
    settings.WORK_SECONDS_PER_MINUTE = 60
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(TimeThrottle, "used", {})
    return now


@pytest.fixture
def ten_seconds_each(clock, monkeypatch):
    answer = RootView.get

    def slowly(*args, **kwargs):
        clock[0] += 10
        return answer(*args, **kwargs)

    monkeypatch.setattr(RootView, "get", slowly)


def ask(client, times=1, address="/api/"):
    return [client.get(address).status_code for _ in range(times)]


@pytest.fixture
def busy(alice):
    """Alice has used as much as she may at once, and ten seconds more."""
    TimeThrottle.add(alice.pk, SECONDS_AT_ONCE + 10)


def test_quick_requests_are_never_too_many(as_alice):
    assert set(ask(as_alice, 50)) == {200}


def test_who_has_used_too_much_waits_until_it_has_gone_down(as_alice, busy, clock):
    answer = as_alice.get("/api/products/")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, "throttled", "10")
    clock[0] += 10
    assert ask(as_alice) == [200]


def test_the_time_of_a_request_is_used(as_alice, alice, ten_seconds_each):
    assert ask(as_alice) == [200]
    assert TimeThrottle.used[alice.pk][0] == 10


def test_an_account_is_an_owner_and_its_workers_and_nobody_else(as_alice, as_bob, as_charlie, as_dora, busy):
    assert [ask(client) for client in (as_alice, as_bob, as_charlie, as_dora)] == [[429], [429], [200], [200]]


def test_the_sending_of_a_streamed_answer_is_used_as_well(as_alice, alice, clock):
    make_product(alice)
    pieces = iter(as_alice.get("/api/products/export/").streaming_content)
    next(pieces)
    clock[0] += 7
    assert list(pieces) == []
    assert TimeThrottle.used[alice.pk][0] == 7


def test_an_answer_that_nobody_fetches_to_its_end_is_used_too(as_alice, alice, clock):
    make_product(alice)
    answer = as_alice.get("/api/products/export/")
    next(answer.streaming_content)
    clock[0] += 7
    answer.close()
    assert TimeThrottle.used[alice.pk][0] == 7


def test_a_limit_of_zero_is_none(as_alice, alice, settings, busy):
    settings.WORK_SECONDS_PER_MINUTE = 0
    assert ask(as_alice, 3) == [200] * 3


def test_accounts_that_have_no_time_to_make_up_for_are_forgotten(monkeypatch, clock):
    monkeypatch.setattr(throttling, "MOST_ACCOUNTS", 3)
    TimeThrottle.add(1, 100)
    for account in range(2, 5):
        TimeThrottle.add(account, 1)
    clock[0] += 5
    TimeThrottle.add(9, 1)
    assert set(TimeThrottle.used) == {1, 9}
