"""Concurrent deliveries. The tests `test_control_…` remove the locks and show that the tests detect the race."""

from functools import partial

import pytest

from core.database import transactions
from core.ownership import OwnedQuerySet
from products.models import Product
from stock.proofs.verification import find_breaks
from testing.cast.orders import ADDRESS, post, read, send_order, write_order
from testing.cast.people import client_of, make_product
from testing.races import disable_locks, run_behind_lock, try_concurrently
from trade.purchasing.models import Receipt

pytestmark = [pytest.mark.django_db(transaction=True)]
WORKERS = 12


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot")


@pytest.fixture
def sent(as_alice, mill, pot):
    return send_order(as_alice, mill, pot)


def receive(client, order):
    return post(client, order, "receive")


def undo(client, operation):
    return client.post(f"/api/stock/operations/{operation['id']}/reverse/", {})


def receive_by_all(alice, order):
    """Make WORKERS threads receive all outstanding quantities at the same time. Return the sorted statuses."""
    client = client_of(alice)
    client.raise_request_exception = False
    return sorted(response.status_code for response in try_concurrently(*[partial(receive, client, order)] * WORKERS))


def test_what_is_outstanding_is_received_once(alice, as_alice, pot, sent):
    assert receive_by_all(alice, sent) == [201] + [409] * (WORKERS - 1)
    assert Product.objects.get(pk=pot.pk).quantity == 5
    assert read(as_alice, sent)["lines"][0]["received"] == 5
    assert find_breaks(alice.pk) == []


def test_control_without_the_locks_a_second_delivery_overlooks_the_first(alice, as_alice, sent, monkeypatch):
    """The ledger refuses the second delivery, because the product already has a movement with this sequence."""
    disable_locks(monkeypatch)
    client = client_of(alice)
    client.raise_request_exception = False
    response = run_behind_lock(partial(receive, as_alice, sent), partial(receive, client, sent))
    assert response.status_code != 201
    assert response.json().get("code") != "nothing_outstanding"


def receive_first(client, order):
    """Receive one of the product, unless the order has had a delivery."""
    lines = [{"product": order["lines"][0]["product"], "quantity": 1}]
    return post(client, order, "receive", lines=lines, expected_deliveries=0)


@pytest.mark.quick
def test_of_deliveries_that_expect_to_be_the_first_one_is_booked(alice, as_alice, pot, sent):
    responses = try_concurrently(*[partial(receive_first, client_of(alice), sent)] * WORKERS)
    assert sorted(response.status_code for response in responses) == [201] + [409] * (WORKERS - 1)
    assert Product.objects.get(pk=pot.pk).quantity == 1


def test_control_without_the_lock_of_the_order_both_are_the_first(alice, as_alice, pot, sent, monkeypatch):
    """The rows of the products are still locked. So their ledger is right, but the delivery is booked twice."""
    monkeypatch.setattr(OwnedQuerySet, "get_locked", lambda self, pk: self.get(pk=pk))
    first, second = partial(receive_first, as_alice, sent), partial(receive_first, client_of(alice), sent)
    assert run_behind_lock(first, second).status_code == 201
    assert Product.objects.get(pk=pot.pk).quantity == 2


def test_a_delivery_waits_for_an_undoing_and_receives_what_that_has_opened(alice, as_alice, sent):
    operation = receive(as_alice, sent).json()
    response = run_behind_lock(partial(undo, as_alice, operation), partial(receive, client_of(alice), sent))
    assert response.status_code == 201
    assert read(as_alice, sent)["lines"][0]["received"] == 5


def test_a_delivery_finds_nothing_outstanding_after_an_undoing_that_was_rolled_back(alice, as_alice, sent):
    operation = receive(as_alice, sent).json()
    undo_it = partial(undo, as_alice, operation)
    assert run_behind_lock(undo_it, partial(receive, client_of(alice), sent), roll_back=True).status_code == 409


def test_control_without_the_locks_a_delivery_overlooks_an_undoing(alice, as_alice, sent, monkeypatch):
    operation = receive(as_alice, sent).json()
    disable_locks(monkeypatch)
    with pytest.raises(AssertionError, match="status_code=409"):
        run_behind_lock(partial(undo, as_alice, operation), partial(receive, client_of(alice), sent))


def test_a_delivery_waits_for_a_closing_and_is_refused(alice, as_alice, pot, sent):
    response = run_behind_lock(partial(post, as_alice, sent, "close"), partial(receive, client_of(alice), sent))
    assert (response.status_code, response.json()["code"]) == (409, "order_closed")
    assert Product.objects.get(pk=pot.pk).quantity == 0


def test_a_delivery_is_booked_after_a_closing_that_was_rolled_back(alice, as_alice, sent):
    close = partial(post, as_alice, sent, "close")
    assert run_behind_lock(close, partial(receive, client_of(alice), sent), roll_back=True).status_code == 201


def test_control_without_the_locks_a_closed_order_is_received(alice, as_alice, sent, monkeypatch):
    disable_locks(monkeypatch)
    with pytest.raises(AssertionError, match="status_code=201"):
        run_behind_lock(partial(post, as_alice, sent, "close"), partial(receive, client_of(alice), sent))


def test_a_change_waits_for_the_sending_and_is_refused(alice, as_alice, mill, pot):
    made = write_order(as_alice, mill, pot)
    change = partial(client_of(alice).patch, f"{ADDRESS}{made['id']}/", {"note": "late"})
    response = run_behind_lock(partial(post, as_alice, made, "send"), change)
    assert (response.status_code, response.json()["code"]) == (409, "order_not_draft")


def receive_and_undo(client, order, times):
    """Receive one of each product and undo this, again and again."""
    lines = [{"product": line["product"], "quantity": 1} for line in order["lines"]]
    for _ in range(times):
        booked = post(client, order, "receive", lines=lines)
        assert booked.status_code == 201
        assert undo(client, booked.json()).status_code == 201


def test_deliveries_of_orders_in_opposite_order_never_deadlock(alice, as_alice, mill, monkeypatch):
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)
    pots = [make_product(alice, name) for name in ("A", "B")]
    orders = [send_order(as_alice, mill, *some, quantity=100) for some in (pots, pots[::-1])]
    jobs = [partial(receive_and_undo, client_of(alice), order, 10) for order in orders * 2]
    assert try_concurrently(*jobs) == [None] * 4
    assert [line["received"] for order in orders for line in read(as_alice, order)["lines"]] == [0] * 4
    assert Receipt.objects.count() == 40
    assert find_breaks(alice.pk) == []


def test_deleting_the_supplier_beside_deliveries_never_deadlocks(alice, as_alice, mill, monkeypatch):
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)
    pot = make_product(alice, "Pot", supplier=mill)
    order = send_order(as_alice, mill, pot, quantity=100)
    delete = partial(client_of(alice).delete, f"/api/suppliers/{mill.pk}/")
    deleted, *received = try_concurrently(delete, *[partial(receive_and_undo, client_of(alice), order, 10)] * 2)
    assert (deleted.status_code, received) == (204, [None, None])
    assert read(as_alice, order)["supplier"] is None


def order_suggested(client, supplier):
    return client.post(ADDRESS, {"supplier": supplier.pk, "suggested": True})


def test_what_is_suggested_is_ordered_once(alice, mill):
    make_product(alice, "Pot", supplier=mill)
    responses = try_concurrently(*[partial(order_suggested, client_of(alice), mill)] * 4)
    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409]


def test_control_without_the_account_s_lock_it_is_ordered_twice(alice, as_alice, mill, monkeypatch):
    make_product(alice, "Pot", supplier=mill)
    disable_locks(monkeypatch)
    with pytest.raises(AssertionError, match="status_code=201"):
        run_behind_lock(partial(order_suggested, as_alice, mill), partial(order_suggested, client_of(alice), mill))


def test_no_other_draft_waits_for_what_is_suggested(alice, as_alice, mill, pot):
    make_product(alice, "Lid", supplier=mill)
    with pytest.raises(AssertionError, match="ended without waiting"):
        run_behind_lock(partial(order_suggested, as_alice, mill), partial(write_order, client_of(alice), mill, pot))
