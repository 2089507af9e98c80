"""Limits of wrong sign-ins and of sign-ups."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from testing.cast.people import PASSWORD, client_of
from testing.tables import all_cases
from users.models import AttemptCounter, User

WRONG = "wrong-horse-7"


@pytest.fixture(autouse=True)
def low_limits(settings):
    """Set limits that a test can reach with few requests."""
    settings.LOGIN_TRIES_PER_USER, settings.LOGIN_TRIES_PER_ADDRESS, settings.SIGNUPS_PER_ADDRESS = 3, 5, 2


def sign_in(username="alice", password=WRONG, client=None, **headers):
    return (client or client_of(None)).post("/api/login/", {"username": username, "password": password}, **headers)


def sign_up(number, address="/api/register/", client=None, **fields):
    body = {"username": f"erin{number}", "password": PASSWORD, **fields}
    return (client or client_of(None)).post(address, body)


def statuses(*names, **kwargs):
    return [sign_in(name, **kwargs).status_code for name in names]


def let_time_pass(**passed):
    """Move the expiry of all counters back, as if time had passed."""
    AttemptCounter.objects.update(expires_at=F("expires_at") - timedelta(**passed))


def test_returns_429_after_wrong_guesses_even_for_the_right_password(alice):
    assert statuses(*["alice"] * 4) == [401, 401, 401, 429]
    assert sign_in(password=PASSWORD).status_code == 429


def test_the_429_is_json_with_retry_after(alice):
    statuses(*["alice"] * 3)
    response = sign_in()
    assert response.headers["Content-Type"] == "application/json"
    assert set(response.json()) == {"detail", "code"}
    assert response.json()["code"] == "throttled"
    assert 29 <= int(response.headers["Retry-After"]) <= 30


def test_locks_a_name_that_does_not_exist_like_any_other(db):
    assert statuses(*["nobody"] * 4) == [401, 401, 401, 429]


def test_limits_guesses_at_many_names_from_one_address(alice):
    assert statuses("a", "b", "c", "d", "e", "f") == [401, 401, 401, 401, 401, 429]
    assert sign_in(password=PASSWORD).status_code == 429
    assert sign_in(password=PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_a_lock_covers_the_whole_network_and_no_other_name(alice, charlie):
    statuses(*["alice"] * 3)
    assert sign_in(password=PASSWORD, REMOTE_ADDR="127.0.0.7").status_code == 429
    assert sign_in("charlie", PASSWORD).status_code == 200


@pytest.mark.quick
def test_right_sign_ins_do_not_count(alice):
    assert statuses(*["alice"] * 9, password=PASSWORD) == [200] * 9
    assert statuses(*["alice"] * 4) == [401, 401, 401, 429]


def test_a_right_sign_in_clears_the_count_of_its_name(alice):
    statuses("alice", "alice")
    assert sign_in(password=PASSWORD).status_code == 200
    assert statuses(*["alice"] * 4) == [401, 401, 401, 429]


def test_the_last_free_attempt_may_be_right(alice):
    statuses("alice", "alice")
    assert statuses(*["alice"] * 9, password=PASSWORD) == [200] * 9


def test_a_right_sign_in_does_not_clear_the_count_of_its_address(alice, charlie):
    """An attacker may have a valid account, and sign in with it between guesses."""
    guesses = ["a", "b", "c", "d", "e"]
    results = [statuses(name) + statuses("charlie", password=PASSWORD) for name in guesses]
    assert results == [[401, 200]] * 4 + [[401, 429]]
    assert statuses("f") == [429]


def test_a_right_sign_in_does_not_clear_the_count_of_another_name(alice, charlie):
    statuses("alice", "alice")
    assert sign_in("charlie", PASSWORD).status_code == 200
    assert statuses("alice", "alice") == [401, 429]


def test_attempts_refused_by_name_do_not_count_against_the_address(alice):
    statuses(*["alice"] * 20)
    assert statuses("a", "b", "c") == [401, 401, 429]


def test_attempts_refused_by_address_do_not_count_against_the_name(alice):
    statuses("a", "b", "c", "d", "e", *["alice"] * 9)
    assert sign_in(password=PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_malformed_credentials_do_not_count(alice):
    for _ in range(9):
        assert sign_in(password=None).status_code == 400
    assert sign_in(password=PASSWORD).status_code == 200


@all_cases("spelling", ["ALICE", " alice ", "\uff41lice", "al\u0130ce"])
def test_all_spellings_of_a_name_share_a_count(alice, spelling):
    assert sign_in(spelling, PASSWORD).status_code == 200
    assert statuses("alice", spelling, "Alice", spelling) == [401, 401, 401, 429]


@all_cases("name", ["\ufdfa" * 150, "ß" * 150, "\U00010400" * 150])
def test_counts_a_name_that_is_too_long_in_its_normal_form(db, name):
    assert statuses(*[name] * 4) == [401, 401, 401, 429]


def test_checks_one_attempt_after_each_pause_and_doubles_the_pause(alice, settings):
    settings.LOGIN_TRIES_PER_ADDRESS = 0
    statuses("alice", "alice", "alice")
    pauses = []
    for _ in range(4):
        pauses.append(int(sign_in().headers["Retry-After"]))
        let_time_pass(seconds=pauses[-1] - 10)
        assert sign_in().status_code == 429
        let_time_pass(seconds=10)
        assert sign_in().status_code == 401
    # On a busy machine, a second or more pass between the refusal and its answer.
    assert all(whole - 10 < pause <= whole for pause, whole in zip(pauses, [30, 60, 120, 240], strict=True)), pauses


def test_the_right_password_after_a_pause_restarts_the_count(alice, settings):
    settings.LOGIN_TRIES_PER_ADDRESS = 0
    statuses(*["alice"] * 4)
    let_time_pass(seconds=30)
    assert sign_in(password=PASSWORD).status_code == 200
    assert statuses(*["alice"] * 4) == [401, 401, 401, 429]


def test_a_lock_ends_after_fifteen_minutes_despite_attempts_in_between(alice, settings):
    settings.LOGIN_TRIES_PER_ADDRESS = 0
    statuses(*["alice"] * 3)
    for _ in range(30):
        statuses("alice", "alice")
        let_time_pass(seconds=30)
    assert statuses(*["alice"] * 4) == [401, 401, 401, 429]


def test_without_a_lock_the_count_restarts_fifteen_minutes_after_the_first_attempt(alice):
    statuses("alice", "alice")
    let_time_pass(minutes=15)
    assert statuses(*["alice"] * 4) == [401, 401, 401, 429]


def test_a_limit_of_one_locks_after_one_attempt(alice, settings):
    settings.LOGIN_TRIES_PER_USER = 1
    assert statuses("alice", "alice") == [401, 429]
    let_time_pass(seconds=30)
    assert statuses("alice", "alice") == [401, 429]
    assert 30 < int(sign_in().headers["Retry-After"]) <= 60


def test_the_limit_of_an_address_ends_fifteen_minutes_after_the_first_guess(alice):
    statuses("a", "b", "c", "d", "e")
    let_time_pass(minutes=14)
    assert sign_in().status_code == 429
    let_time_pass(minutes=1)
    assert sign_in(password=PASSWORD).status_code == 200


def test_deletes_expired_counts(alice):
    statuses("a", "b")
    let_time_pass(hours=1)
    statuses("alice")
    assert (
        AttemptCounter.objects.count() == 3
    )  # the counters of the address, of the name, and of the name in this network


def test_a_limit_of_zero_means_no_limit(alice, settings):
    settings.LOGIN_TRIES_PER_USER = settings.LOGIN_TRIES_PER_ADDRESS = settings.SIGNUPS_PER_ADDRESS = 0
    assert statuses(*["alice"] * 9) == [401] * 9
    assert [sign_up(number).status_code for number in range(4)] == [201] * 4
    assert not AttemptCounter.objects.exists()


def test_the_table_contains_no_user_name(alice):
    statuses("alice", "nobody")
    assert not AttemptCounter.objects.filter(key__contains="alice").exists()
    assert not AttemptCounter.objects.filter(key__contains="nobody").exists()


def test_the_table_is_unlogged(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'users_attemptcounter'")
        assert cursor.fetchone() == ("u",)


def test_counts_a_deactivated_user_like_any_other(alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert statuses(*["alice"] * 4, password=PASSWORD) == [401, 401, 401, 429]


# --- Addresses ---------------------------------------------------------------------------------------


def test_ignores_the_forwarded_address_without_a_trusted_proxy(alice, settings):
    settings.TRUSTED_PROXY_COUNT = 0
    names = ["a", "b", "c", "d", "e", "f"]
    results = [sign_in(name, HTTP_X_FORWARDED_FOR=f"192.0.2.{i}").status_code for i, name in enumerate(names)]
    assert results == [401] * 5 + [429]


def test_behind_a_trusted_proxy_each_client_has_its_own_count(alice, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    for i, name in enumerate("abcdef"):
        assert sign_in(name, HTTP_X_FORWARDED_FOR=f"192.0.2.{i}").status_code == 401
    for name in "ghijk":
        sign_in(name, HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.99")
    assert sign_in("alice", PASSWORD, HTTP_X_FORWARDED_FOR="7.7.7.7, 192.0.2.99").status_code == 429


# --- Signing up ----------------------------------------------------------------------------------------


@all_cases("address", ["/api/register/", "/api/auth/register/", "/api/users/"])
def test_limits_the_sign_ups_of_an_address(db, address):
    assert [sign_up(number, address).status_code for number in range(3)] == [201, 201, 429]
    response = sign_up(3, address)
    assert response.json()["code"] == "throttled"
    assert 0 < int(response.headers["Retry-After"]) <= 60 * 60
    assert User.objects.count() == 2


def test_failed_sign_ups_do_not_count(alice):
    for _ in range(4):
        assert sign_up(0, password="short").status_code == 400
        assert sign_up(0, role="boss").status_code == 400
    assert [sign_up(number).status_code for number in range(3)] == [201, 201, 429]


def test_the_count_of_sign_ups_restarts_after_an_hour(db):
    assert [sign_up(number).status_code for number in range(3)] == [201, 201, 429]
    let_time_pass(minutes=59)
    assert sign_up(3).status_code == 429
    let_time_pass(minutes=1)
    assert sign_up(4).status_code == 201


def test_workers_added_by_an_owner_do_not_count_as_sign_ups(as_alice):
    results = [sign_up(number, "/api/users/", as_alice).status_code for number in range(4)]
    assert results == [201] * 4
    assert [sign_up(number).status_code for number in (5, 6, 7)] == [201, 201, 429]
