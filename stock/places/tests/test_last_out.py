"""The last movement that took something out of a lot."""

import pytest

from stock.models import Lot
from stock.reading.traces import read_last_out


@pytest.fixture
def lot(as_alice, kettle):
    book(as_alice, kettle, "IN", 5)
    return Lot.objects.get()


def book(client, product, movement_type, quantity):
    line = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, "lot": "H26"}
    return client.post("/api/stock/operations/", {"lines": [line]}).json()["id"]


def test_the_last_of_several_movements_is_found(as_alice, kettle, lot):
    book(as_alice, kettle, "OUT", 3)
    last = book(as_alice, kettle, "OUT", 1)
    book(as_alice, kettle, "IN", 4)
    assert read_last_out(lot.owner_id, lot.pk)["operation"] == last


def test_nothing_was_taken_from_a_new_lot_and_nothing_is_found_for_another_account(as_alice, charlie, kettle, lot):
    assert read_last_out(lot.owner_id, lot.pk) is None
    book(as_alice, kettle, "OUT", 5)
    assert read_last_out(charlie.pk, lot.pk) is None
