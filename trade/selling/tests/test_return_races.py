"""Concurrent returns of a sale. The tests `test_control_…` remove the locks and show that the tests detect the race."""

from functools import partial

import pytest

from products.models import Product
from stock.models import Return, Returned
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of
from testing.races import disable_locks, run_behind_lock, try_concurrently

pytestmark = [pytest.mark.django_db(transaction=True)]
WORKERS = 32


@pytest.fixture
def sale(as_alice, kettle):
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 4}
    return as_alice.post("/api/stock/operations/", {"lines": [line]}).json()


def quiet(user):
    """Return a client that answers 500 in place of raising an exception."""
    client = client_of(user)
    client.raise_request_exception = False
    return client


def give_back(client, sale, **body):
    return client.post(f"/api/stock/operations/{sale['id']}/return/", body)


def undo(client, operation):
    return client.post(f"/api/stock/operations/{operation['id']}/reverse/", {})


def read_stock(product):
    return Product.objects.get(pk=product.pk).quantity


def test_of_equal_returns_one_is_booked(alice, kettle, sale):
    lines = [{"product": kettle.pk, "quantity": 3, "condition": "resell"}]
    responses = try_concurrently(*[partial(give_back, quiet(alice), sale, lines=lines) for _ in range(WORKERS)])
    assert sorted(response.status_code for response in responses) == [201] + [400] * (WORKERS - 1)
    assert (read_stock(kettle), Return.objects.count(), find_breaks(alice.pk)) == (9, 1, [])


def test_of_equal_returns_to_the_supplier_one_is_booked(alice, as_alice, kettle):
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 4, "unit_cost": "1.00"}
    delivery = as_alice.post("/api/stock/operations/", {"lines": [line]}).json()
    lines = [{"product": kettle.pk, "quantity": 3}]
    responses = try_concurrently(*[partial(give_back, quiet(alice), delivery, lines=lines) for _ in range(12)])
    assert sorted(response.status_code for response in responses) == [201] + [400] * 11
    assert (read_stock(kettle), find_breaks(alice.pk)) == (11, [])


def test_of_returns_that_expect_to_be_the_first_one_is_booked(alice, kettle, sale):
    body = {"lines": [{"product": kettle.pk, "quantity": 1}], "expected_returns": 0}
    responses = try_concurrently(*[partial(give_back, quiet(alice), sale, **body) for _ in range(12)])
    assert sorted(response.status_code for response in responses) == [201] + [409] * 11
    assert read_stock(kettle) == 7


def last_piece(sale):
    """Return the body that takes back the only piece of the sale's second movement."""
    return {"lines": [{"movement": sale["movements"][1]["id"], "quantity": 1}]}


@pytest.fixture
def prices(as_alice, kettle):
    """Return a sale of a product at two prices."""
    line = {"product": kettle.pk, "movement_type": "OUT"}
    lines = [{**line, "quantity": 3, "unit_price": "7.00"}, {**line, "quantity": 1, "unit_price": "5.00"}]
    return as_alice.post("/api/stock/operations/", {"lines": lines}).json()


def test_of_returns_of_the_last_piece_of_a_movement_one_is_booked(alice, kettle, prices):
    jobs = [partial(give_back, quiet(alice), prices, **last_piece(prices)) for _ in range(12)]
    responses = try_concurrently(*jobs)
    assert sorted(response.status_code for response in responses) == [201] + [400] * 11
    assert (read_stock(kettle), Returned.objects.count(), find_breaks(alice.pk)) == (7, 1, [])


@pytest.mark.parametrize("is_named", [False, True])
def test_control_without_the_locks_a_second_return_overlooks_the_first(alice, as_alice, prices, monkeypatch, is_named):
    """The ledger refuses the second return, because the product already has a movement with this sequence."""
    disable_locks(monkeypatch)
    body = last_piece(prices) if is_named else {}
    job = partial(give_back, quiet(alice), prices, **body)
    response = run_behind_lock(partial(give_back, as_alice, prices, **body), job)
    assert response.status_code != 201
    assert response.json().get("code") != "more_than_sold"


def test_a_return_waits_for_the_reversal_of_the_sale_and_is_refused(alice, as_alice, kettle, sale):
    response = run_behind_lock(partial(undo, as_alice, sale), partial(give_back, quiet(alice), sale))
    assert (response.status_code, response.json()["code"]) == (409, "sale_reversed")
    assert read_stock(kettle) == 10


def test_a_return_is_booked_after_a_reversal_that_was_rolled_back(alice, as_alice, kettle, sale):
    job = partial(give_back, quiet(alice), sale)
    assert run_behind_lock(partial(undo, as_alice, sale), job, roll_back=True).status_code == 201
    assert read_stock(kettle) == 10


def test_the_reversal_of_the_sale_waits_for_a_return_and_is_refused(alice, as_alice, kettle, sale):
    response = run_behind_lock(partial(give_back, as_alice, sale), partial(undo, quiet(alice), sale))
    assert (response.status_code, response.json()["code"]) == (409, "has_returns")
    assert read_stock(kettle) == 10


def test_control_without_the_locks_a_reversal_overlooks_a_return(alice, as_alice, sale, monkeypatch):
    disable_locks(monkeypatch)
    response = run_behind_lock(partial(give_back, as_alice, sale), partial(undo, quiet(alice), sale))
    assert response.json().get("code") != "has_returns"


def test_a_return_waits_for_the_undoing_of_another_and_takes_its_place(alice, as_alice, kettle, sale):
    back = give_back(as_alice, sale).json()
    assert run_behind_lock(partial(undo, as_alice, back), partial(give_back, quiet(alice), sale)).status_code == 201
    assert read_stock(kettle) == 10


def test_a_return_that_comes_again_waits_for_another_and_is_refused(alice, as_alice, kettle, sale):
    undone = undo(as_alice, give_back(as_alice, sale).json()).json()
    response = run_behind_lock(partial(give_back, as_alice, sale), partial(undo, quiet(alice), undone))
    assert (response.status_code, response.json()["code"]) == (400, "more_than_sold")
    assert read_stock(kettle) == 10
