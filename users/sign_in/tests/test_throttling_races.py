"""Concurrent guesses: over any number of processes and addresses, no more passwords are checked than allowed."""

import time
from datetime import timedelta
from functools import partial
from threading import Barrier, BoundedSemaphore, Event, Thread

import pytest
from rest_framework.exceptions import Throttled

from testing.cast.people import PASSWORD, client_of, make_user
from testing.races import TIMEOUT_SECONDS, run_and_disconnect, run_concurrently
from users import backends
from users.models import AttemptCounter, SecurityEvent, User
from users.sign_in import throttling

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("slow_hashes")]
GUESSES = 30
PAUSE = timedelta(seconds=throttling.FIRST_PAUSE_SECONDS)


@pytest.fixture
def many_processes(monkeypatch):
    """Give each thread a hashing slot, which simulates many processes."""
    monkeypatch.setattr(throttling, "hashing_slots", BoundedSemaphore(GUESSES))


@pytest.fixture
def alice():
    return make_user("alice")


def sign_in(password, address="192.0.2.1", name="alice"):
    body = {"username": name, "password": password}
    return client_of(None).post("/api/login/", body, REMOTE_ADDR=address).status_code


def make_guesses(address):
    return [partial(sign_in, f"wrong-horse-{number}", address(number)) for number in range(GUESSES)]


def distinct_addresses(number):
    return f"192.0.2.{number}"


def distinct_networks(number):
    return f"10.0.{number}.1"


@pytest.fixture
def checked_passwords(monkeypatch):
    """Return the passwords that are compared with a hash."""
    passwords = []
    verify = backends.Argon2.verify
    monkeypatch.setattr(backends.Argon2, "verify", lambda *args: passwords.append(args[1]) or verify(*args))
    return passwords


def test_checks_the_allowed_number_of_thirty_concurrent_guesses(alice, checked_passwords, many_processes):
    assert sorted(run_concurrently(*make_guesses(distinct_addresses))) == [401] * 10 + [429] * 20
    assert len(checked_passwords) == 10
    assert AttemptCounter.objects.get(key__startswith="sign-in:user").count == 10
    assert sorted(event.kind for event in SecurityEvent.objects.all()) == ["sign_in_failed", "sign_in_locked"]


def test_checks_one_of_thirty_concurrent_guesses_after_a_pause(alice, checked_passwords, many_processes):
    run_concurrently(*make_guesses(distinct_addresses))
    attempt = AttemptCounter.objects.get(key__startswith="sign-in:user")
    AttemptCounter.objects.filter(pk=attempt.pk).update(expires_at=attempt.expires_at - PAUSE)
    assert sorted(run_concurrently(*make_guesses(distinct_addresses))) == [401] + [429] * 29
    assert len(checked_passwords) == 11


def test_checks_the_allowed_number_of_concurrent_guesses_at_many_names_from_one_address(many_processes, settings):
    settings.LOGIN_TRIES_PER_ADDRESS = 10
    jobs = [partial(sign_in, "wrong-horse-7", name=f"name{number}") for number in range(GUESSES)]
    assert sorted(run_concurrently(*jobs)) == [401] * 10 + [429] * 20


def test_checks_the_allowed_number_of_concurrent_guesses_from_thirty_networks(
    alice, checked_passwords, many_processes, settings
):
    settings.LOGIN_TRIES_PER_USER = 3
    assert sorted(run_concurrently(*make_guesses(distinct_networks))) == [401] * 9 + [429] * 21
    assert len(checked_passwords) == 9
    assert AttemptCounter.objects.get(key__startswith="sign-in:name").count == 9


def test_reading_the_count_before_writing_it_would_check_more_guesses(alice, many_processes, monkeypatch):
    """This is the negative control: it has separate statements for the check and the count, as with a cache."""
    monkeypatch.setattr(backends.Argon2, "verify", lambda *_: False)  # count_like_a_cache() takes as long as hashing
    monkeypatch.setattr(throttling, "increment_with_pauses", count_like_a_cache)
    # This removes the transaction.
    monkeypatch.setattr(throttling, "increment_all", throttling.increment_all.__wrapped__)
    assert run_concurrently(*make_guesses(distinct_addresses)).count(401) > 10


all_have_read = Barrier(GUESSES)


def count_like_a_cache(key, limit):
    """Read the count, write it plus one, and return that."""
    attempt = AttemptCounter.objects.filter(key=key).first()
    count = attempt.count if attempt else 0
    if count >= limit:
        raise Throttled(1)
    all_have_read.wait(TIMEOUT_SECONDS)
    row = AttemptCounter(key=key, count=count + 1, expires_at="2100-01-01T00:00Z")
    AttemptCounter.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["key"], update_fields=["count", "expires_at"]
    )
    return count + 1


# --- Right sign-ins ------------------------------------------------------------------------------------------


def test_more_concurrent_right_sign_ins_than_the_limit_succeed(alice, settings):
    settings.LOGIN_TRIES_PER_USER = 3
    assert run_concurrently(*[partial(sign_in, PASSWORD)] * 8) == [200] * 8


def test_without_hashing_slots_some_right_sign_ins_would_be_refused(alice, settings, many_processes, monkeypatch):
    """This is the negative control: until its password is checked, a right sign-in counts as a wrong one."""
    settings.LOGIN_TRIES_PER_USER = 3
    verify, refused = backends.Argon2.verify, Event()
    monkeypatch.setattr(backends.Argon2, "verify", lambda *args: refused.wait(TIMEOUT_SECONDS) and verify(*args))

    def sign_in_and_tell():
        status = sign_in(PASSWORD)
        if status == 429:
            refused.set()
        return status

    assert 429 in run_concurrently(*[sign_in_and_tell] * 8)


def test_concurrent_right_sign_ins_succeed_after_nine_wrong_ones(alice):
    assert [sign_in("wrong-horse-7") for _ in range(9)] == [401] * 9
    assert run_concurrently(*[partial(sign_in, PASSWORD)] * 8) == [200] * 8


def test_checks_no_more_guesses_than_allowed_between_two_right_sign_ins(alice, checked_passwords, many_processes):
    """A right sign-in clears the count, so that number may be checked once more. A refused one clears nothing."""
    statuses = run_concurrently(*make_guesses(distinct_addresses), partial(sign_in, PASSWORD, "198.51.100.1"))
    assert statuses.count(401) <= 20
    assert len(checked_passwords) <= 21


# --- Hashing slots --------------------------------------------------------------------------------------------


def test_a_process_hashes_one_password_at_a_time(alice, monkeypatch):
    running, running_counts = [], []
    verify = backends.Argon2.verify

    def slow_verify(*args):
        running.append(1)
        running_counts.append(len(running))
        time.sleep(0.02)
        running.pop()
        return verify(*args)

    monkeypatch.setattr(backends.Argon2, "verify", slow_verify)
    run_concurrently(*make_guesses(distinct_addresses)[:8])
    assert max(running_counts) == throttling.MAX_HASHES_AT_ONCE


def test_returns_503_if_no_hashing_slot_becomes_free_in_time(alice, monkeypatch):
    monkeypatch.setattr(throttling, "MAX_SLOT_WAIT_SECONDS", 0.01)
    hashing, checked = Event(), Event()
    verify = backends.Argon2.verify
    monkeypatch.setattr(
        backends.Argon2, "verify", lambda *args: hashing.set() or (checked.wait(TIMEOUT_SECONDS) and verify(*args))
    )
    slow = Thread(target=run_and_disconnect, args=(partial(sign_in, PASSWORD),))
    slow.start()
    assert hashing.wait(TIMEOUT_SECONDS)
    for address, body in [
        ("/api/login/", {"username": "alice", "password": PASSWORD}),
        ("/api/register/", {"username": "erin", "password": PASSWORD}),
    ]:
        response = client_of(None).post(address, body)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
        assert response.json()["code"] == "too_busy"
    checked.set()
    slow.join(5)
    assert sign_in(PASSWORD) == 200


def test_releases_the_hashing_slot_after_an_error(alice, monkeypatch):
    monkeypatch.setattr(throttling, "MAX_SLOT_WAIT_SECONDS", 0.01)
    with pytest.raises(ZeroDivisionError), throttling.hashing_slot():
        raise ZeroDivisionError
    assert sign_in(PASSWORD) == 200


# --- Signing up --------------------------------------------------------------------------------------------


def test_accepts_the_allowed_number_of_concurrent_sign_ups(many_processes, settings):
    settings.SIGNUPS_PER_ADDRESS = 2

    def sign_up(number):
        body = {"username": f"erin{number}", "password": PASSWORD}
        return client_of(None).post("/api/register/", body).status_code

    assert sorted(run_concurrently(*[partial(sign_up, number) for number in range(8)])) == [201, 201] + [429] * 6
    assert User.objects.count() == 2
