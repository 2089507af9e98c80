"""Concurrent bookings, drops and pairings of a till.

The tests `test_control_…` remove the locks and show that the tests detect the race.
"""

from functools import partial

import pytest
from django.db.models import QuerySet

from testing.cast.tills import Device
from testing.races import disable_account_locks, disable_locks, let_meet, try_concurrently
from trade.tills import services
from trade.tills.models import Drop, Till
from users.models import ApiKey

pytestmark = [pytest.mark.django_db(transaction=True)]


def count(responses, status):
    return sum(response.status_code == status for response in responses)


def test_of_32_requests_with_one_number_one_is_booked(alice, kettle):
    device = Device(alice)
    responses = try_concurrently(*[partial(device.book, 1, kettle)] * 32)
    kettle.refresh_from_db()
    assert (count(responses, 201), kettle.quantity) == (32, 9)
    assert len({response.content for response in responses}) == 1


def book_and_drop(device, product):
    """Book and give up each of ten numbers at the same time. Return how many succeeded in both."""
    device.client.raise_request_exception = False
    jobs = [
        job for number in range(1, 11) for job in (partial(device.book, number, product), partial(device.drop, number))
    ]
    responses = try_concurrently(*jobs)
    booked = count(responses[::2], 201)
    refused = [response.json()["code"] for response in responses[1::2] if response.status_code != 201]
    assert (booked, set(refused) <= {"number_booked"}) == (10, True)
    return device.gaps()


def test_each_number_is_known_after_bookings_and_drops_at_the_same_time(alice, kettle):
    device = Device(alice)
    assert {**book_and_drop(device, kettle), "dropped": []} == {
        "last": 10,
        "missing": [],
        "dropped": [],
        "may_be_missing": [],
        "next": None,
    }
    assert Drop.objects.count() == len(device.gaps()["dropped"])


def book_different_numbers(device, product):
    responses = try_concurrently(*[partial(device.book, number, product, 1, "IN") for number in range(1, 33)])
    assert count(responses, 201) == 32
    return device.gaps()["missing"]


def test_numbers_that_are_booked_at_the_same_time_are_all_noted(alice, kettle):
    assert book_different_numbers(Device(alice), kettle) == []


def make_tills(user, client):
    return try_concurrently(*[partial(client.post, "/api/tills/", {"name": f"till {n}"}) for n in range(12)])


def test_of_12_tills_at_the_same_time_a_shop_gets_its_limit(alice, as_alice, monkeypatch):
    monkeypatch.setattr(services, "MAX_TILLS", 3)
    assert count(make_tills(alice, as_alice), 201) == Till.objects.count() == 3


def test_control_without_the_lock_a_shop_gets_more_tills(alice, as_alice, monkeypatch):
    monkeypatch.setattr(services, "MAX_TILLS", 3)
    disable_account_locks(monkeypatch)
    monkeypatch.setattr(services.keys, "lock_user", lambda _user: None)
    let_meet(monkeypatch, QuerySet, "count", 12)
    assert count(make_tills(alice, as_alice), 201) > 3


def test_pairing_at_the_same_time_leaves_one_key(alice, as_alice):
    device = Device(alice)
    responses = try_concurrently(*[partial(as_alice.post, f"{device.address}pair/")] * 8)
    assert count(responses, 201) == 8
    assert [key.prefix for key in ApiKey.objects.filter(revoked_at=None)] == [device.reload().key_prefix]


def test_control_without_the_lock_pairing_leaves_several_keys(alice, as_alice, monkeypatch):
    device = Device(alice)
    disable_locks(monkeypatch)
    keys = ApiKey.objects.filter(revoked_at=None)
    for _ in range(5):  # on a busy machine, the requests of one round may not overlap
        try_concurrently(*[partial(as_alice.post, f"{device.address}pair/")] * 8)
        if keys.count() > 1:
            break
    assert keys.count() > 1


@pytest.mark.parametrize("failing", ["record", "save_fields"])
def test_a_drop_whose_second_write_fails_leaves_nothing(alice, monkeypatch, failing):
    device = Device(alice)

    def fail(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(*((services.events, "record") if failing == "record" else (services, "save_fields")), fail)
    device.client.raise_request_exception = False
    assert device.drop(1).status_code == 500
    assert (Drop.objects.count(), device.reload().last_number) == (0, 0)
