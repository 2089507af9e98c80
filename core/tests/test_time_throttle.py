"""WORK_SECONDS_PER_MINUTE is the working time that an account may use in a process."""

import time

import pytest

from core.http import throttling
from core.http.throttling import MAX_LONG_REQUESTS, MAX_SECONDS_AHEAD, WorkTimer
from inventory_api.start_views import RootView
from testing.cast.people import make_product

EXPORT = "/api/products/export/"


@pytest.fixture(autouse=True)
def clock(settings, monkeypatch):
    """Return a clock that only the tests advance."""
    settings.WORK_SECONDS_PER_MINUTE = 60
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(WorkTimer, "used", {})
    monkeypatch.setattr(WorkTimer, "running", {})
    return now


@pytest.fixture
def slow_root(clock, monkeypatch):
    """Make each request to the root of the API take ten seconds."""
    get = RootView.get

    def slowly(*args, **kwargs):
        clock[0] += 10
        return get(*args, **kwargs)

    monkeypatch.setattr(RootView, "get", slowly)


def request_statuses(client, times=1, address="/api/"):
    return [client.get(address).status_code for _ in range(times)]


def close(response):
    """Close the response as a server does, but without the signal, which would close the tests' database connection."""
    for close_resource in response._resource_closers:
        close_resource()


@pytest.fixture
def busy(alice):
    """Charge Alice ten seconds more than she may use."""
    WorkTimer.used[alice.pk] = (MAX_SECONDS_AHEAD + 10, 1000.0)


def test_does_not_limit_fast_requests(as_alice):
    assert set(request_statuses(as_alice, 50)) == {200}


def test_refuses_requests_until_the_used_time_has_decreased(as_alice, busy, clock):
    response = as_alice.get("/api/products/")
    assert (response.status_code, response.json()["code"], response.headers["Retry-After"]) == (429, "throttled", "10")
    clock[0] += 10
    assert request_statuses(as_alice) == [200]


def test_charges_the_time_of_a_request(as_alice, alice, slow_root):
    assert request_statuses(as_alice) == [200]
    assert WorkTimer.used[alice.pk][0] == 10


def test_an_owner_and_its_workers_share_the_limit(as_alice, as_bob, as_charlie, as_dora, busy):
    assert [request_statuses(client) for client in (as_alice, as_bob, as_charlie, as_dora)] == [
        [429],
        [429],
        [200],
        [200],
    ]


def test_charges_running_requests(as_alice, alice, clock):
    running = WorkTimer(alice.pk, is_long_running=False)
    running.start()
    assert request_statuses(as_alice) == [200]
    clock[0] += MAX_SECONDS_AHEAD + 1
    assert request_statuses(as_alice) == [429]
    running.stop()
    assert request_statuses(as_alice) == [429]
    clock[0] += 1
    assert request_statuses(as_alice) == [200]


def test_limits_parallel_requests_of_an_account_with_much_used_time(as_alice, as_charlie, alice, clock):
    running = [WorkTimer(alice.pk, is_long_running=False) for _ in range(MAX_LONG_REQUESTS)]
    assert [timer.start() <= 0 for timer in running] == [True] * MAX_LONG_REQUESTS
    assert request_statuses(as_alice) == [200]
    clock[0] += 1.5  # the time of each request
    refused = as_alice.get("/api/")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert request_statuses(as_charlie) == [200]
    running[0].stop()
    assert request_statuses(as_alice) == [200]


def test_charges_the_time_of_streaming(as_alice, alice, clock):
    make_product(alice)
    response = as_alice.get(EXPORT)
    pieces = iter(response.streaming_content)
    next(pieces)
    clock[0] += 7
    assert list(pieces) == []
    close(response)
    assert WorkTimer.used[alice.pk][0] == 7


@pytest.mark.quick
@pytest.mark.parametrize("is_read", [True, False])
def test_charges_a_streamed_response_that_is_closed_early(as_alice, alice, clock, is_read):
    response = as_alice.get(EXPORT)
    if is_read:
        next(iter(response.streaming_content))
    clock[0] += 7
    close(response)
    assert WorkTimer.used[alice.pk][0] == 7
    assert WorkTimer.running == {}


def test_an_account_streams_two_responses_at_a_time(as_alice, as_charlie, alice):
    running = [as_alice.get(EXPORT) for _ in range(MAX_LONG_REQUESTS)]
    refused = as_alice.get(EXPORT)
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["code"]) == (429, "1", "throttled")
    assert request_statuses(as_alice) == [200]
    assert request_statuses(as_charlie, address=EXPORT) == [200]
    close(running[0])
    assert request_statuses(as_alice, address=EXPORT) == [200]


@pytest.mark.parametrize(("method", "address"), [("post", "/api/products/import/"), ("get", "/api/stock/verify/")])
def test_limits_long_running_requests_together_with_streamed_ones(as_alice, alice, method, address):
    running = [as_alice.get(EXPORT) for _ in range(MAX_LONG_REQUESTS)]
    refused = getattr(as_alice, method)(address)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    close(running[0])
    assert getattr(as_alice, method)(address).status_code != 429


def test_zero_turns_the_limit_off(as_alice, alice, settings, busy):
    settings.WORK_SECONDS_PER_MINUTE = 0
    assert request_statuses(as_alice, 3) == [200] * 3
    assert [as_alice.get(EXPORT).status_code for _ in range(MAX_LONG_REQUESTS + 1)] == [200] * (MAX_LONG_REQUESTS + 1)


def test_forgets_accounts_without_used_time(monkeypatch, clock):
    monkeypatch.setattr(throttling, "MAX_ACCOUNTS", 3)
    WorkTimer.used.update({1: (100.0, clock[0]), **dict.fromkeys((2, 3, 4), (1.0, clock[0]))})
    timer = WorkTimer(9, is_long_running=False)
    timer.start()
    clock[0] += 5
    timer.stop()
    timer.stop()
    assert set(WorkTimer.used) == {1, 9}
