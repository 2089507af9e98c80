"""REQUESTS_PER_MINUTE is the limit of a user, or of an address without a user."""

import time

import pytest

from core.http.throttling import RequestThrottle
from testing.cast.people import client_of
from users.models import User


@pytest.fixture(autouse=True)
def clock(settings, monkeypatch):
    """Set the limit to three, and stop the clock 20 seconds after the start of a minute."""
    settings.REQUESTS_PER_MINUTE = 3
    clock = [1_000_000 * 60.0 + 20]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(RequestThrottle, "counts", {})
    return clock


def request_statuses(client, times, address="/api/users/me/", **headers):
    return [client.get(address, **headers).status_code for _ in range(times)]


@pytest.mark.quick
def test_refuses_requests_above_the_limit(as_alice):
    assert request_statuses(as_alice, 5) == [200, 200, 200, 429, 429]


def test_the_429_is_json_with_retry_after(as_alice):
    request_statuses(as_alice, 3)
    response = as_alice.get("/api/users/me/")
    assert response.headers["Retry-After"] == "40"
    assert set(response.json()) == {"detail", "code"}
    assert response.json()["code"] == "throttled"


@pytest.mark.quick
def test_counts_each_user_and_all_clients_of_a_user_together(as_alice, as_bob, alice):
    assert request_statuses(as_alice, 3) == [200] * 3
    assert request_statuses(client_of(alice), 1) == [429]
    assert request_statuses(as_bob, 3) == [200] * 3


def test_counts_anonymous_requests_by_address(as_nobody):
    def sign_up(address):
        return as_nobody.post("/api/register/", {}, REMOTE_ADDR=address).status_code

    assert [sign_up("192.0.2.1") for _ in range(4)] == [400, 400, 400, 429]
    assert sign_up("192.0.2.2") == 400


def test_the_count_starts_again_each_minute(as_alice, clock):
    assert request_statuses(as_alice, 4) == [200, 200, 200, 429]
    clock[0] += 40
    assert request_statuses(as_alice, 4) == [200, 200, 200, 429]


def test_zero_turns_the_limit_off(as_alice, settings):
    settings.REQUESTS_PER_MINUTE = 0
    assert request_statuses(as_alice, 9) == [200] * 9


def test_a_429_costs_only_the_query_of_the_user(as_alice, django_assert_num_queries):
    request_statuses(as_alice, 3)
    with django_assert_num_queries(1) as queries:
        assert request_statuses(as_alice, 1, "/api/products/") == [429]
    assert User._meta.db_table in queries[0]["sql"]


def test_counting_anonymous_requests_costs_no_query(as_nobody, django_assert_num_queries):
    with django_assert_num_queries(0):
        responses = [as_nobody.post("/api/register/", {}).status_code for _ in range(4)]
    assert responses == [400, 400, 400, 429]


def test_does_not_count_probes_and_pages(client, db):
    assert request_statuses(client, 5, "/healthz") == [200] * 5
    assert request_statuses(client, 5, "/") == [200] * 5


def get_limit_headers(response):
    return response.headers.get("RateLimit-Policy"), response.headers.get("RateLimit")


def test_each_response_tells_how_many_requests_remain(as_alice):
    told = [get_limit_headers(as_alice.get("/api/users/me/")) for _ in range(4)]
    assert told == [('"requests";q=3;w=60;processes=2', f'"requests";r={remaining};t=40') for remaining in (2, 1, 0, 0)]


def test_errors_and_anonymous_requests_tell_the_limit_too(as_alice, as_nobody):
    assert get_limit_headers(as_alice.get("/api/products/0/"))[1] == '"requests";r=2;t=40'
    assert get_limit_headers(as_nobody.post("/api/register/", {}))[1] == '"requests";r=2;t=40'


def test_a_part_of_a_second_is_rounded_up(as_alice, clock):
    clock[0] += 0.5
    assert get_limit_headers(as_alice.get("/api/users/me/"))[1] == '"requests";r=2;t=40'


def test_a_response_that_no_limit_judged_tells_none(as_alice, client, settings, db):
    assert get_limit_headers(client.get("/healthz")) == (None, None)
    settings.REQUESTS_PER_MINUTE = 0
    assert get_limit_headers(as_alice.get("/api/users/me/")) == (None, None)
