"""WORK_SECONDS_PER_MINUTE: so much of a process's time for one account, which others then have."""

import time

import pytest

from core.http import throttling
from core.http.throttling import MAX_LONG_REQUESTS, MAX_SECONDS_AHEAD, WorkTimer
from inventory_api.views import RootView
from testing.cast import make_product

EXPORT = "/api/products/export/"


@pytest.fixture(autouse=True)
def clock(settings, monkeypatch):
    """A clock that goes on when it is told to, or while a request is slow."""
    settings.WORK_SECONDS_PER_MINUTE = 60
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(WorkTimer, "used", {})
    monkeypatch.setattr(WorkTimer, "running", {})
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


def end(answer):
    """Close the answer as a server does, but for the signal, at which Django would close the tests' connection."""
    for close in answer._resource_closers:
        close()


@pytest.fixture
def busy(alice):
    """Alice has used as much as she may at once, and ten seconds more."""
    WorkTimer.used[alice.pk] = (MAX_SECONDS_AHEAD + 10, 1000.0)


def test_quick_requests_are_never_too_many(as_alice):
    assert set(ask(as_alice, 50)) == {200}


def test_who_has_used_too_much_waits_until_it_has_gone_down(as_alice, busy, clock):
    answer = as_alice.get("/api/products/")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, "throttled", "10")
    clock[0] += 10
    assert ask(as_alice) == [200]


def test_the_time_of_a_request_is_used(as_alice, alice, ten_seconds_each):
    assert ask(as_alice) == [200]
    assert WorkTimer.used[alice.pk][0] == 10


def test_an_account_is_an_owner_and_its_workers_and_nobody_else(as_alice, as_bob, as_charlie, as_dora, busy):
    assert [ask(client) for client in (as_alice, as_bob, as_charlie, as_dora)] == [[429], [429], [200], [200]]


def test_what_runs_is_used_already(as_alice, alice, clock):
    running = WorkTimer(alice.pk, is_long_running=False)
    running.start()
    assert ask(as_alice) == [200]
    clock[0] += MAX_SECONDS_AHEAD + 1
    assert ask(as_alice) == [429]
    running.stop()
    assert ask(as_alice) == [429]
    clock[0] += 1
    assert ask(as_alice) == [200]


def test_who_has_run_ahead_has_two_requests_at_a_time(as_alice, as_charlie, alice, clock):
    running = [WorkTimer(alice.pk, is_long_running=False) for _ in range(MAX_LONG_REQUESTS)]
    assert [work.start() <= 0 for work in running] == [True] * MAX_LONG_REQUESTS
    assert ask(as_alice) == [200]
    clock[0] += 1.5  # each
    refused = as_alice.get("/api/")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert ask(as_charlie) == [200]
    running[0].stop()
    assert ask(as_alice) == [200]


def test_the_sending_of_a_streamed_answer_is_used_as_well(as_alice, alice, clock):
    make_product(alice)
    answer = as_alice.get(EXPORT)
    pieces = iter(answer.streaming_content)
    next(pieces)
    clock[0] += 7
    assert list(pieces) == []
    end(answer)
    assert WorkTimer.used[alice.pk][0] == 7


@pytest.mark.parametrize("fetched", [True, False])
def test_an_answer_that_nobody_fetches_to_its_end_ends_as_well(as_alice, alice, clock, fetched):
    answer = as_alice.get(EXPORT)
    if fetched:
        next(iter(answer.streaming_content))
    clock[0] += 7
    end(answer)
    assert WorkTimer.used[alice.pk][0] == 7
    assert WorkTimer.running == {}


def test_an_account_streams_two_answers_at_a_time(as_alice, as_charlie, alice):
    running = [as_alice.get(EXPORT) for _ in range(MAX_LONG_REQUESTS)]
    refused = as_alice.get(EXPORT)
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["code"]) == (429, "1", "throttled")
    assert ask(as_alice) == [200]
    assert ask(as_charlie, address=EXPORT) == [200]
    end(running[0])
    assert ask(as_alice, address=EXPORT) == [200]


@pytest.mark.parametrize(("method", "address"), [("post", "/api/products/import/"), ("get", "/api/stock/verify/")])
def test_what_takes_long_is_counted_with_them(as_alice, alice, method, address):
    running = [as_alice.get(EXPORT) for _ in range(MAX_LONG_REQUESTS)]
    refused = getattr(as_alice, method)(address)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    end(running[0])
    assert getattr(as_alice, method)(address).status_code != 429


def test_a_limit_of_zero_is_none(as_alice, alice, settings, busy):
    settings.WORK_SECONDS_PER_MINUTE = 0
    assert ask(as_alice, 3) == [200] * 3
    assert [as_alice.get(EXPORT).status_code for _ in range(MAX_LONG_REQUESTS + 1)] == [200] * (MAX_LONG_REQUESTS + 1)


def test_accounts_that_have_no_time_to_make_up_for_are_forgotten(monkeypatch, clock):
    monkeypatch.setattr(throttling, "MAX_ACCOUNTS", 3)
    WorkTimer.used.update({1: (100.0, clock[0]), **dict.fromkeys((2, 3, 4), (1.0, clock[0]))})
    work = WorkTimer(9, is_long_running=False)
    work.start()
    clock[0] += 5
    work.stop()
    work.stop()
    assert set(WorkTimer.used) == {1, 9}
