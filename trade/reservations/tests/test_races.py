"""Concurrent sales and reservations.

The tests `test_control_…` remove the locks and show that the tests detect the race.
"""

from collections import Counter
from functools import partial
from random import Random

import pytest

from core.database import transactions
from stock.booking import locks
from stock.models import Movement
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product
from testing.cast.reservations import ADDRESS, let_expire, reserve
from testing.races import disable_locks, let_meet, run_behind_lock, try_concurrently
from trade.reservations.models import Reservation, ReservationLine

pytestmark = [pytest.mark.django_db(transaction=True)]
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


def test_control_without_the_lock_other_than_20_pieces_are_sold_or_promised(as_alice, pot, monkeypatch):
    disable_locks(monkeypatch)
    let_meet(monkeypatch, locks, "lock_rows", 64)
    assert sum(race(as_alice, pot)) != STOCK


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


def test_reservations_in_opposite_orders_never_deadlock(alice, monkeypatch):
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)
    pots = [make_product(alice, name, 100) for name in ("A", "B")]
    jobs = [partial(reserve_both, client_of(alice), order, 25) for order in (pots, pots[::-1])]
    assert try_concurrently(*jobs) == [None, None]
    assert (Reservation.objects.count(), ReservationLine.objects.count()) == (50, 100)


# --- Orders --------------------------------------------------------------------------------------------------------


def act(user, products, seed):
    """Order, change, sell in parts, release and sell beside, at random. Return the quantities that were sold beside."""
    chance, client = Random(seed), client_of(user)  # noqa: S311, not for cryptography
    client.raise_request_exception = False
    beside: Counter[int] = Counter()

    def choose_lines():
        chosen = chance.sample(products, chance.randint(1, 2))
        return [{"product": product.pk, "quantity": chance.randint(1, 3)} for product in chosen]

    for _ in range(6):
        step, lines = chance.choice(("order", "order", "change", "part", "release", "sell")), choose_lines()
        if step == "order":
            client.post(ADDRESS, {"lines": lines, "expires_in": None})
        elif step == "sell":
            sold = {"product": lines[0]["product"], "movement_type": "OUT", "quantity": 1}
            if client.post("/api/stock/", sold).status_code == 201:
                beside[sold["product"]] += 1
        elif opened := client.get(f"{ADDRESS}?state=open&page_size=20").json()["results"]:
            order = chance.choice(opened)
            part = [{"product": line["product"], "quantity": 1} for line in order["lines"]]
            if step == "change":
                client.patch(f"{ADDRESS}{order['id']}/", {"lines": lines})
            elif step == "part":
                client.post(f"{ADDRESS}{order['id']}/fulfil/", {"lines": part, "keep_rest": True})
            else:
                client.post(f"{ADDRESS}{order['id']}/release/", {})
    return beside


def test_orders_of_32_sellers_promise_and_sell_nothing_twice(alice, as_alice):
    products = [make_product(alice, f"Pot {number}", STOCK) for number in range(4)]
    beside = sum(try_concurrently(*[partial(act, alice, products, seed) for seed in range(32)]), Counter())
    orders = Reservation.objects.order_by("number")
    assert [order.number for order in orders] == list(range(1, len(orders) + 1))
    sold = [order for order in orders if order.operation_id]
    for order in sold:
        moved = Movement.objects.filter(operation_id=order.operation_id).values_list("product_id", "quantity")
        lines = dict(order.lines.values_list("product_id", "quantity"))
        assert all(quantity <= lines[product] for product, quantity in moved)
        kept = orders.filter(continues=order)
        rest = {product: quantity - dict(moved).get(product, 0) for product, quantity in lines.items()}
        assert kept.exists() == any(rest.values())
    for product in products:
        movements = Movement.objects.filter(product=product, movement_type="OUT")
        of_orders = movements.filter(operation__in=[order.operation_id for order in sold])
        shown = as_alice.get(f"/api/products/{product.pk}/").json()
        assert shown["quantity"] == STOCK - beside[product.pk] - sum(of_orders.values_list("quantity", flat=True))
        assert 0 <= shown["available"] == shown["quantity"] - shown["reserved"]
    assert find_breaks(alice.pk) == []
