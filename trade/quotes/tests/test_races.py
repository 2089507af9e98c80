"""Quotes under races: each makes one order, and their numbers have no gaps.

The tests `test_control_…` remove the locks, and show that the tests detect the race.
"""

import threading
from contextlib import suppress
from functools import partial

import pytest

from core.ownership import OwnedQuerySet
from testing.cast.people import client_of, make_product
from testing.races import disable_locks, run_concurrently, try_concurrently
from trade.quotes import services
from trade.quotes.models import Quote
from trade.quotes.tests.quoting import QUOTES, line, post, quote
from trade.reservations.models import Reservation

pytestmark = [pytest.mark.django_db(transaction=True)]
QUOTED, THREADS = 50, 12


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 1000, price="3.00")


def accept_all(client, made):
    return [post(client, one, "accept").status_code for one in made]


def accept_twice(alice, bob, pot, number):
    """Accept the quotes by two people at once. Return the status codes of both."""
    made = [quote(client_of(alice), line(pot, 2)) for _ in range(number)]
    return run_concurrently(*(partial(accept_all, client_of(user), made) for user in (alice, bob)))


def test_fifty_quotes_accepted_by_two_people_at_once_make_fifty_orders(alice, bob, as_alice, pot):
    answers = accept_twice(alice, bob, pot, QUOTED)
    assert [sorted(codes) for codes in zip(*answers, strict=True)] == [[201, 409]] * QUOTED
    orders = set(Quote.objects.values_list("order_id", flat=True))
    assert orders == set(Reservation.objects.values_list("pk", flat=True))
    assert len(orders) == QUOTED
    assert as_alice.get(f"/api/products/{pot.pk}/").json()["reserved"] == 2 * QUOTED


def test_control_without_the_lock_quotes_make_two_orders(alice, bob, pot, monkeypatch):
    meeting, reserve = threading.Barrier(2), services.reserve

    def meet(**values):
        with suppress(threading.BrokenBarrierError):
            meeting.wait(10)
        return reserve(**values)

    monkeypatch.setattr(OwnedQuerySet, "get_locked", lambda rows, pk: rows.get(pk=pk))
    monkeypatch.setattr(services, "reserve", meet)
    accept_twice(alice, bob, pot, 5)
    assert Reservation.objects.count() > 5


def write_at_once(alice, pot):
    """Write quotes in several threads, of which each third is refused. Return their numbers."""
    clients = [client_of(alice) for _ in range(THREADS)]
    for client in clients:
        client.raise_request_exception = False
    bodies = [{"lines": [line(pot, 1 if n % 3 else 0)]} for n in range(THREADS)]
    jobs = [partial(one.post, QUOTES, body, format="json") for one, body in zip(clients, bodies, strict=True)]
    try_concurrently(*jobs)
    return sorted(Quote.objects.values_list("number", flat=True))


def test_numbers_have_no_gaps(alice, pot):
    assert write_at_once(alice, pot) == [*range(1, THREADS * 2 // 3 + 1)]


def test_control_without_the_lock_quotes_are_lost(alice, pot, monkeypatch):
    meeting, save = threading.Barrier(THREADS * 2 // 3), Quote.save

    def meet(row, *args, **kwargs):
        with suppress(threading.BrokenBarrierError):
            meeting.wait(5)
        return save(row, *args, **kwargs)

    disable_locks(monkeypatch)
    monkeypatch.setattr(Quote, "save", meet)
    assert 0 < len(write_at_once(alice, pot)) < THREADS * 2 // 3


def test_a_change_beside_accepting_makes_an_order_of_what_was_read_or_is_refused(alice, bob, pot):
    for _ in range(10):
        made = quote(client_of(alice), line(pot, 1))
        patch = partial(client_of(bob).patch, f"{QUOTES}{made['id']}/", {"lines": [line(pot, 3)]}, format="json")
        changed, accepted = run_concurrently(patch, partial(post, client_of(alice), made, "accept"))
        assert accepted.status_code == 201
        assert (changed.status_code, accepted.json()["lines"][0]["quantity"]) in [(200, 3), (409, 1)]
