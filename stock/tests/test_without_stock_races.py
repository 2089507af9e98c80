"""Switch the stock of a product off while others book it. `test_control_…` removes a lock, and shows the race."""

from functools import partial

import pytest

from products.models import Product
from stock.booking import locks
from stock.proofs.verification import find_breaks
from stock.tests.test_races import lock_nothing
from testing.cast.people import client_of, make_product
from testing.races import run_behind_lock, run_concurrently, try_concurrently

pytestmark = [pytest.mark.django_db(transaction=True)]
ROUNDS, CLIENTS = 6, 4


@pytest.fixture
def bread(alice):
    return make_product(alice, "Bread")


def deliver(client, product):
    return client.post("/api/stock/", {"product": product.pk, "movement_type": "IN", "quantity": 1})


def switch(client, product, keeps_stock=False):
    return client.patch(f"/api/products/{product.pk}/", {"keeps_stock": keeps_stock}, format="json")


def test_a_switch_waits_for_a_delivery_and_finds_its_stock(as_alice, bread):
    answer = run_behind_lock(partial(deliver, as_alice, bread), partial(switch, as_alice, bread))
    assert (answer.status_code, answer.json()["code"]) == (409, "has_stock")


def test_a_delivery_waits_for_a_switch_and_leaves_nothing(as_alice, alice, bread):
    answer = run_behind_lock(partial(switch, as_alice, bread), partial(deliver, as_alice, bread))
    bread.refresh_from_db()
    assert (answer.status_code, bread.quantity, bread.stock_sequence, find_breaks(alice.pk)) == (201, 0, 2, [])


def test_control_without_the_lock_the_constraint_refuses_the_delivery(as_alice, bread, monkeypatch):
    def lock_too_late(owner_id, references):
        rows = lock_nothing(owner_id, references)
        run_concurrently(partial(switch, as_alice, bread))
        return rows

    monkeypatch.setattr(locks, "lock_rows", lock_too_late)
    answer = deliver(as_alice, bread)
    bread.refresh_from_db()
    assert (answer.status_code, bread.keeps_stock, bread.quantity) == (400, False, 0)
    assert answer.json() == {"non_field_errors": ["A value is outside of what is allowed."]}


@pytest.mark.long
def test_switches_and_bookings_of_many_clients_leave_no_stock(alice):
    client = client_of(alice)
    client.raise_request_exception = False
    for number in range(ROUNDS):
        product = make_product(alice, f"Bread {number}")
        sell = {"product": product.pk, "movement_type": "OUT", "quantity": 1}
        jobs = [
            partial(deliver, client, product), partial(client.post, "/api/stock/", sell),
            partial(switch, client, product), partial(switch, client, product, True),
        ]  # fmt: skip
        answers = {answer.status_code for answer in try_concurrently(*jobs * CLIENTS)}
        assert answers <= {200, 201, 400, 409}  # 400: nothing is in stock; 409: some is
        assert not Product.objects.filter(pk=product.pk, keeps_stock=False, quantity__gt=0).exists()
    assert find_breaks(alice.pk) == []
