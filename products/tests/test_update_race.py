"""Concurrent changes of a product. Each is checked against the quantity that it replaces."""

import pytest

from products.serializers import ProductSerializer
from stock.booking import services
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import OperationReason
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of
from testing.races import disable_locks, let_meet, run_behind_lock, run_concurrently
from trade.selling import services as selling

pytestmark = pytest.mark.django_db(transaction=True)


def seller_of_three(user, product):
    draft = OperationDraft(by=user, reason=OperationReason.SALE)
    return lambda: selling.book_one(draft=draft, line=BookingLine(by_id(product.pk), "OUT", 3))


def changer(user, product, **fields):
    client = client_of(user)
    return lambda: client.patch(f"/api/products/{product.pk}/", fields).status_code


def test_one_of_two_changes_that_expect_the_same_quantity_is_booked(alice, kettle):
    changes = [changer(alice, kettle, quantity=number, expected_quantity=10) for number in (1, 2)]
    assert run_behind_lock(*changes) == 409
    kettle.refresh_from_db()
    assert (kettle.quantity, find_breaks(alice.pk)) == (1, [])


def test_without_the_locks_all_changes_would_read_the_same_quantity(alice, kettle, monkeypatch):
    """This is the negative control.

    Only the unique sequence of the ledger is left, because saving other fields would lock the row.
    """
    disable_locks(monkeypatch)
    let_meet(monkeypatch, services, "write_operation", 3, begin=True)
    monkeypatch.setattr(ProductSerializer, "update", lambda _, product, __: product)
    statuses = run_concurrently(
        *[changer(alice, kettle, quantity=number, expected_quantity=10) for number in (1, 2, 3)]
    )
    assert sorted(statuses) == [200, 400, 400]


def test_a_change_waits_for_an_earlier_sale(alice, kettle):
    change = changer(alice, kettle, quantity=5, stock_sequence=1)
    assert run_behind_lock(seller_of_three(alice, kettle), change) == 409
    kettle.refresh_from_db()
    assert kettle.quantity == 7


def test_a_rename_concurrent_with_a_sale_keeps_the_sale(alice, kettle):
    assert run_behind_lock(seller_of_three(alice, kettle), changer(alice, kettle, name="Pot")) == 200
    kettle.refresh_from_db()
    assert (kettle.name, kettle.quantity, kettle.stock_sequence) == ("Pot", 7, 2)
