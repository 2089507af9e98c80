"""Quotes under races: each makes one order, and their numbers have no gaps.

The tests `test_control_…` remove the locks, and show that the tests detect the race.
"""

from functools import partial

import pytest

from core.ownership import OwnedQuerySet
from testing.cast.people import client_of, make_product
from testing.races import disable_locks, let_meet, run_behind_lock, try_concurrently
from trade.quotes import services
from trade.quotes.models import Quote
from trade.quotes.tests.quoting import QUOTES, line, post, quote
from trade.reservations.models import Reservation

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 1000, price="3.00")


@pytest.fixture
def made(alice, pot):
    return quote(client_of(alice), line(pot, 2))


@pytest.fixture
def accept_each(alice, bob, made):
    """Return two functions by which two people accept the quote."""
    return [partial(post, client_of(user), made, "accept") for user in (alice, bob)]


def test_a_quote_that_two_people_accept_at_once_makes_one_order(as_alice, pot, accept_each):
    assert run_behind_lock(*accept_each).status_code == 409
    assert Quote.objects.get().order_id == Reservation.objects.get().pk
    assert as_alice.get(f"/api/products/{pot.pk}/").json()["reserved"] == 2


def test_control_without_the_lock_a_quote_makes_two_orders(accept_each, monkeypatch):
    monkeypatch.setattr(OwnedQuerySet, "get_locked", lambda rows, pk: rows.get(pk=pk))
    let_meet(monkeypatch, services, "reserve", 2, begin=True)
    try_concurrently(*accept_each)
    assert Reservation.objects.count() == 2


def list_numbers():
    return sorted(Quote.objects.values_list("number", flat=True))


@pytest.mark.parametrize(("is_rolled_back", "numbers"), [(False, [1, 2]), (True, [1])])
def test_quotes_at_once_leave_no_gap(as_alice, alice, is_rolled_back, numbers):
    pots = [make_product(alice, f"Pot {number}") for number in range(2)]  # nothing else makes the second quote wait
    run_behind_lock(*(partial(quote, as_alice, line(one, 1)) for one in pots), roll_back=is_rolled_back)
    assert list_numbers() == numbers


def test_control_without_the_lock_a_quote_is_lost(as_alice, pot, monkeypatch):
    disable_locks(monkeypatch)
    let_meet(monkeypatch, Quote, "save", 2, begin=True)
    try_concurrently(*[partial(quote, as_alice, line(pot, 1))] * 2)
    assert list_numbers() == [1]


def test_a_quote_that_is_being_changed_is_accepted_with_the_change(as_bob, pot, made, accept_each):
    change = partial(as_bob.patch, f"{QUOTES}{made['id']}/", {"lines": [line(pot, 3)]}, format="json")
    assert run_behind_lock(change, accept_each[0]).json()["lines"][0]["quantity"] == 3


def test_a_quote_that_is_being_accepted_is_not_changed(as_bob, pot, made, accept_each):
    change = partial(as_bob.patch, f"{QUOTES}{made['id']}/", {"lines": [line(pot, 3)]}, format="json")
    assert run_behind_lock(accept_each[0], change).status_code == 409
