"""REQUESTS_PER_MINUTE: so many of one user, or of one address that has not signed in."""

import time

import pytest

from core.http.throttling import RequestThrottle
from testing.cast import client_of
from users.models import User


@pytest.fixture(autouse=True)
def three_a_minute(settings, monkeypatch):
    """In a minute of its own, which the clock of the machine does not end."""
    settings.REQUESTS_PER_MINUTE = 3
    clock = [1_000_000 * 60.0 + 20]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(RequestThrottle, "counts", {})
    return clock


def ask(client, times, address="/api/users/me/", **headers):
    return [client.get(address, **headers).status_code for _ in range(times)]


def test_more_than_so_many_requests_of_a_user_are_refused(as_alice):
    assert ask(as_alice, 5) == [200, 200, 200, 429, 429]


def test_the_answer_says_in_json_how_long_to_wait(as_alice):
    ask(as_alice, 3)
    answer = as_alice.get("/api/users/me/")
    assert answer.headers["Retry-After"] == "40"
    assert set(answer.json()) == {"detail", "code"}
    assert answer.json()["code"] == "throttled"


def test_users_have_counts_of_their_own_and_all_clients_of_a_user_one(as_alice, as_bob, alice):
    assert ask(as_alice, 3) == [200] * 3
    assert ask(client_of(alice), 1) == [429]
    assert ask(as_bob, 3) == [200] * 3


def test_who_has_not_signed_in_is_counted_by_address(as_nobody):
    def sign_up(address):
        return as_nobody.post("/api/register/", {}, REMOTE_ADDR=address).status_code

    assert [sign_up("192.0.2.1") for _ in range(4)] == [400, 400, 400, 429]
    assert sign_up("192.0.2.2") == 400


def test_the_next_minute_starts_anew(as_alice, three_a_minute):
    assert ask(as_alice, 4) == [200, 200, 200, 429]
    three_a_minute[0] += 40
    assert ask(as_alice, 4) == [200, 200, 200, 429]


def test_a_limit_of_zero_is_none(as_alice, settings):
    settings.REQUESTS_PER_MINUTE = 0
    assert ask(as_alice, 9) == [200] * 9


def test_a_refusal_costs_no_statement_but_the_users_row(as_alice, django_assert_num_queries):
    ask(as_alice, 3)
    with django_assert_num_queries(1) as queries:
        assert ask(as_alice, 1, "/api/products/") == [429]
    assert User._meta.db_table in queries[0]["sql"]


def test_counting_who_has_not_signed_in_costs_no_statement(as_nobody, django_assert_num_queries):
    with django_assert_num_queries(0):
        answers = [as_nobody.post("/api/register/", {}).status_code for _ in range(4)]
    assert answers == [400, 400, 400, 429]


def test_probes_and_pages_are_not_counted(client, db):
    assert ask(client, 5, "/healthz") == [200] * 5
    assert ask(client, 5, "/") == [200] * 5
