"""Concurrent sales and reservations.

The tests `test_control_…` remove the locks and show that the tests detect the race.
"""

from functools import partial

import pytest

from core.database import transactions
from stock.proofs.verification import find_breaks
from testing.cast import client_of, make_product
from testing.races import disable_locks, run_behind_lock, try_concurrently
from testing.reservations import ADDRESS, let_expire, reserve
from trade.reservations.models import Reservation, ReservationLine

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.check]
STOCK = 20


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", STOCK)


def sell_one(client, product):
    return client.post("/api/stock/", {"product": product.pk, "movement_type": "OUT", "quantity": 1})


def reserve_one(client, product):
    return client.post(ADDRESS, {"lines": [{"product": product.pk, "quantity": 1}]})


def post(client, pk, action):
    return client.post(f"{ADDRESS}{pk}/{action}/", {})


def count(responses, status):
    return sum(response.status_code == status for response in responses)


def race(client, product):
    """Send 32 sales and 32 reservations of one piece each. Return how many of each succeeded."""
    client.raise_request_exception = False
    jobs = [partial(sell_one, client, product), partial(reserve_one, client, product)]
    responses = try_concurrently(*jobs * 32)
    return count(responses[::2], 201), count(responses[1::2], 201)


def test_of_20_pieces_32_sales_and_32_reservations_get_exactly_20(alice, as_alice, pot):
    sold, reserved = race(as_alice, pot)
    assert sold + reserved == STOCK
    shown = as_alice.get(f"/api/products/{pot.pk}/").json()
    assert (shown["quantity"], shown["reserved"], shown["available"]) == (STOCK - sold, reserved, 0)
    assert find_breaks(alice.pk) == []


@pytest.mark.check
def test_control_without_the_lock_other_than_20_pieces_are_sold_or_promised(as_alice, pot, monkeypatch):
    disable_locks(monkeypatch)
    assert sum(race(as_alice, pot)) != STOCK


@pytest.mark.check
def test_expiring_reservations_free_what_they_had_and_nothing_else(alice, as_alice, pot):
    """Half of the stock is reserved and expires while sales and reservations run. The other half stays reserved."""
    expiring = [reserve(as_alice, pot, 1)["id"] for _ in range(10)]
    kept = reserve(as_alice, pot, 10, expires_in=None)
    jobs = [partial(let_expire, pk) for pk in expiring]
    jobs += [partial(sell_one, client_of(alice), pot)] * 16 + [partial(reserve_one, client_of(alice), pot)] * 16
    responses = [response for response in try_concurrently(*jobs) if response is not None]
    shown = as_alice.get(f"/api/products/{pot.pk}/").json()
    sold = STOCK - shown["quantity"]
    assert sold + shown["reserved"] - 10 == count(responses, 201) <= 10
    assert shown["available"] >= 0
    assert post(as_alice, kept["id"], "fulfil").status_code == 201
    assert find_breaks(alice.pk) == []


def test_a_reservation_is_closed_once(alice, as_alice, pot):
    made = reserve(as_alice, pot, 5)
    jobs = [partial(post, client_of(alice), made["id"], action) for action in ("fulfil", "release")]
    responses = try_concurrently(*jobs * 8)
    assert sorted(response.status_code for response in responses)[1:] == [409] * 15
    sold = as_alice.get(f"{ADDRESS}{made['id']}/").json()["state"] == "fulfilled"
    shown = as_alice.get(f"/api/products/{pot.pk}/").json()
    assert (shown["quantity"], shown["available"]) == ((15, 15) if sold else (20, 20))


def test_control_without_the_locks_a_reservation_is_fulfilled_more_than_once(alice, as_alice, pot, monkeypatch):
    made = [reserve(as_alice, pot, 1)["id"] for _ in range(10)]
    disable_locks(monkeypatch)
    client = client_of(alice)
    client.raise_request_exception = False

    def count_refused(reservation):
        responses = try_concurrently(*[partial(post, client, reservation, "fulfil")] * 16)
        return [response.status_code for response in responses].count(409)

    # Threads may run one after the other by chance, so that a single try could refuse 15 of 16 without any lock.
    assert any(count_refused(reservation) < 15 for reservation in made)


def test_a_sale_waits_for_a_reservation_that_is_not_committed(alice, as_alice, pot):
    refused = run_behind_lock(partial(reserve, as_alice, pot, STOCK), partial(sell_one, client_of(alice), pot))
    assert (refused.status_code, refused.json()["reserved"]) == (400, STOCK)


def test_a_sale_takes_what_a_rolled_back_reservation_had(alice, as_alice, pot):
    reserve_all = partial(reserve, as_alice, pot, STOCK)
    assert run_behind_lock(reserve_all, partial(sell_one, client_of(alice), pot), roll_back=True).status_code == 201


def reserve_both(client, products, times):
    lines = [{"product": product.pk, "quantity": 1} for product in products]
    for _ in range(times):
        made = client.post(ADDRESS, {"lines": lines}).json()
        assert client.post(f"{ADDRESS}{made['id']}/fulfil/", {}).status_code == 201


@pytest.mark.check
def test_reservations_in_opposite_orders_never_deadlock(alice, monkeypatch):
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)
    pots = [make_product(alice, name, 100) for name in ("A", "B")]
    jobs = [partial(reserve_both, client_of(alice), order, 25) for order in (pots, pots[::-1])]
    assert try_concurrently(*jobs) == [None, None]
    assert (Reservation.objects.count(), ReservationLine.objects.count()) == (50, 100)
