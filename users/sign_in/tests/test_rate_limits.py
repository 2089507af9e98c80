"""Limits of sign-ups and changes of names, so that nobody can find out which of many names are taken."""

from datetime import timedelta
from functools import partial

import pytest
from django.db.models import F

from testing.cast.people import PASSWORD, client_of, make_user
from testing.races import run_concurrently
from testing.tables import all_cases
from users.models import AttemptCounter, User
from users.sign_in.rate_limits import MAX_NAMES_PER_HOUR

ME = "/api/users/me/"
TAKEN = {"email": "C@example.org"}


@pytest.fixture
def as_dora(dora, charlie):
    User.objects.filter(pk=charlie.pk).update(email="c@example.org")
    return client_of(dora)


@pytest.fixture
def as_alice(alice, charlie):
    User.objects.filter(pk=charlie.pk).update(email="c@example.org")
    return client_of(alice)


def worker_fields(number, **fields):
    return {"username": f"erin{number}", "password": PASSWORD, **fields}


def let_time_pass(**passed):
    AttemptCounter.objects.update(expires_at=F("expires_at") - timedelta(**passed))


# --- One's own name and e-mail address ----------------------------------------------------------------------------


@all_cases("method", ["patch", "put"])
@all_cases("taken", [TAKEN, {"username": "CHARLIE"}])
def test_returns_429_after_ten_taken_names_in_an_hour(as_dora, method, taken):
    send = partial(getattr(as_dora, method), ME, {"username": "dora", **taken})
    assert [send().status_code for _ in range(11)] == [400] * MAX_NAMES_PER_HOUR + [429]
    response = send()
    assert (response.json()["code"], list(response.json())) == ("throttled", ["detail", "code"])
    assert 0 < int(response.headers["Retry-After"]) <= 60 * 60


def test_free_names_count_as_well(as_dora):
    statuses = [as_dora.patch(ME, {"email": f"d{number}@example.org"}).status_code for number in range(11)]
    assert statuses == [200] * MAX_NAMES_PER_HOUR + [429]
    assert as_dora.patch(ME, TAKEN).status_code == 429


def test_me_and_the_own_id_share_a_count(as_dora, dora):
    statuses = [as_dora.patch(address, TAKEN).status_code for address in [ME, f"/api/users/{dora.pk}/"] * 6]
    assert statuses == [400] * 10 + [429] * 2


def test_other_changes_do_not_count(as_dora):
    for _ in range(11):
        assert as_dora.patch(ME, {"phone": "1", "username": "dora", "email": ""}).status_code == 200
        assert as_dora.patch(ME, {"email": "no address"}).status_code == 400
    assert as_dora.patch(ME, {"email": "d@example.org"}).status_code == 200


def test_other_changes_are_possible_after_the_limit(as_dora):
    for _ in range(11):
        as_dora.patch(ME, TAKEN)
    assert as_dora.patch(ME, {"phone": "1"}).status_code == 200


def test_the_count_restarts_after_an_hour(as_dora):
    for _ in range(11):
        as_dora.patch(ME, TAKEN)
    let_time_pass(minutes=59)
    assert as_dora.patch(ME, TAKEN).status_code == 429
    let_time_pass(minutes=1)
    assert as_dora.patch(ME, TAKEN).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_checks_ten_of_many_concurrent_names(as_dora):
    assert sorted(run_concurrently(*[lambda: as_dora.patch(ME, TAKEN).status_code] * 20)) == [400] * 10 + [429] * 10


def test_several_users_share_the_limit_of_their_address(as_dora, as_alice, settings):
    settings.SIGNUPS_PER_ADDRESS = 15
    clients = [as_dora, client_of(make_user("erin"))]
    statuses = [client.patch(ME, TAKEN).status_code for client in clients for _ in range(10)]
    assert statuses == [400] * 15 + [429] * 5
    assert as_alice.post("/api/users/", worker_fields(1, **TAKEN)).status_code == 429
    assert as_alice.post("/api/users/", worker_fields(1, **TAKEN), REMOTE_ADDR="192.0.2.7").status_code == 400


# --- Workers --------------------------------------------------------------------------------------------------


def test_an_owner_may_send_ten_taken_names_of_workers_in_an_hour(as_alice):
    statuses = [as_alice.post("/api/users/", worker_fields(number, **TAKEN)).status_code for number in range(11)]
    assert statuses == [400] * MAX_NAMES_PER_HOUR + [429]
    assert as_alice.post("/api/users/", worker_fields(12)).status_code == 429


def test_counts_taken_names_in_requests_with_an_idempotency_key(as_alice):
    """A refusal rolls back the transaction of the key. The count must be outside of it."""
    statuses = [
        as_alice.post(
            "/api/users/", worker_fields(number, **TAKEN), headers={"Idempotency-Key": f"key-{number}"}
        ).status_code
        for number in range(11)
    ]
    assert statuses == [400] * MAX_NAMES_PER_HOUR + [429]


def test_workers_with_free_names_do_not_count(as_alice):
    statuses = [as_alice.post("/api/users/", worker_fields(number)).status_code for number in range(12)]
    assert statuses == [201] * 12
    assert not AttemptCounter.objects.filter(key__startswith="naming").exists()


def test_renaming_workers_counts_only_taken_names(as_alice, alice):
    workers = [make_user(f"worker{number}", role="worker") for number in range(12)]
    User.objects.filter(pk__in=[user.pk for user in workers]).update(employer=alice)
    addresses = [f"/api/users/{user.pk}/" for user in workers]
    statuses = [as_alice.patch(address, {"username": f"new{n}"}).status_code for n, address in enumerate(addresses)]
    assert statuses == [200] * 12
    assert [as_alice.patch(address, TAKEN).status_code for address in addresses] == [400] * 10 + [429] * 2


def test_other_errors_of_a_worker_do_not_count(as_alice):
    for _ in range(11):
        assert as_alice.post("/api/users/", worker_fields(1, password="short")).status_code == 400
    assert as_alice.post("/api/users/", worker_fields(1)).status_code == 201


# --- Signing up -------------------------------------------------------------------------------------------------


@pytest.mark.quick
@all_cases("address", ["/api/register/", "/api/auth/register/", "/api/users/"])
@all_cases("taken", [TAKEN, {"username": "CHARLIE"}])
def test_a_sign_up_with_a_taken_name_counts_like_a_successful_one(as_dora, settings, address, taken):
    settings.SIGNUPS_PER_ADDRESS = 3
    send = client_of(None).post
    statuses = [send(address, worker_fields(number, **taken)).status_code for number in range(4)]
    assert statuses == [400] * 3 + [429]
    assert send(address, worker_fields(9)).status_code == 429
