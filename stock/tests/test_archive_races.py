"""A location is archived while a booking puts stock there. One waits for the other, and no stock remains there."""

from functools import partial

import pytest
from django.db import transaction

from stock.booking import sql
from stock.errors import LocationInUse
from stock.models import Holding, Location
from stock.places.services import archive_location
from testing.cast.people import client_of, make_location, make_product
from testing.races import run_behind_lock, run_concurrently, try_concurrently

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20


@pytest.fixture
def cellar(alice):
    return make_location(alice)


def make_archive(location):
    """Return a function that archives the location."""
    return partial(archive_location, by=location.owner, location_id=location.pk)


def make_receive(location, product):
    """Return a function that receives one piece of the product there."""
    line = {"product": product.pk, "movement_type": "IN", "quantity": 1, "location": location.pk}
    return partial(client_of(location.owner).post, "/api/stock/", line)


@pytest.fixture
def archive(cellar):
    return make_archive(cellar)


@pytest.fixture
def receive(alice, cellar):
    return make_receive(cellar, make_product(alice))


def count_in_archive():
    return Holding.objects.exclude(location__archived_at=None).count()


def test_a_booking_waits_for_the_archiving_and_is_refused(archive, receive):
    answer = run_behind_lock(archive, receive)
    assert (answer.status_code, answer.json()["code"]) == (400, "location_not_found")
    assert count_in_archive() == 0


def test_the_archiving_waits_for_a_booking_and_is_refused(archive, receive):
    with pytest.raises(LocationInUse):
        run_behind_lock(receive, archive)
    assert count_in_archive() == 0


def test_bookings_at_one_location_do_not_wait_for_each_other(alice, cellar, receive):
    receive_other = make_receive(cellar, make_product(alice, "Pot"))
    with transaction.atomic():
        assert receive().status_code == 201
        [answer] = run_concurrently(receive_other)
    assert answer.status_code == 201


@pytest.mark.long
def test_nothing_ever_lies_at_an_archived_location(alice):
    kettle, pot = make_product(alice), make_product(alice, "Pot")
    for number in range(ROUNDS):
        cellar = make_location(alice, f"Cellar {number}")
        try_concurrently(make_archive(cellar), make_receive(cellar, kettle), make_receive(cellar, pot))
    assert count_in_archive() == 0
    assert Location.objects.exclude(archived_at=None).count() + Holding.objects.count() >= ROUNDS


def test_control_without_the_shared_lock_something_lies_in_the_archive(archive, receive, monkeypatch):
    monkeypatch.setattr(sql, "FOR_SHARE", "")
    with transaction.atomic():
        archive()
        [answer] = run_concurrently(receive)
    assert answer.status_code == 201
    assert count_in_archive() == 1
