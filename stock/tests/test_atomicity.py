"""A request whose last write fails leaves nothing in the database."""

import pytest
from django.db import DatabaseError, connection

from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, PlaceReference, by_id
from stock.models import Holding, Lot, MovementType, Operation, OperationReason
from trade.selling.services import book_one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def movements_fail(db):
    """Make every INSERT of a movement fail."""
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE stock_movement ADD CONSTRAINT "no room" CHECK (false) NOT VALID')
    yield
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE stock_movement DROP CONSTRAINT "no room"')


def test_a_failed_movement_leaves_neither_an_operation_nor_a_changed_quantity(alice, kettle, movements_fail):
    with pytest.raises(DatabaseError, match="no room"):
        book_one(
            draft=OperationDraft(by=alice, reason=OperationReason.SALE),
            line=BookingLine(by_id(kettle.pk), MovementType.OUT, 1),
        )
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.stock_sequence) == (10, 1)
    assert Operation.objects.count() == 1  # only the opening exists


def test_a_product_is_not_created_if_its_opening_fails(as_alice, movements_fail):
    as_alice.raise_request_exception = False
    body = {"name": "Pan", "price": "1.00", "quantity": 3, "category": "Kitchen"}
    response = as_alice.post("/api/products/", body)
    assert response.status_code == 500
    assert response.json() == {"detail": "Something went wrong on our side.", "code": "error"}
    assert not Product.objects.exists()
    assert as_alice.get("/api/categories/").json()["count"] == 0


def test_a_new_name_is_rolled_back_if_the_correction_fails(as_alice, kettle, movements_fail):
    as_alice.raise_request_exception = False
    assert as_alice.patch(f"/api/products/{kettle.pk}/", {"name": "Pot", "quantity": 3}).status_code == 500
    kettle.refresh_from_db()
    assert (kettle.name, kettle.quantity) == ("Kettle", 10)


def test_a_new_name_is_rolled_back_if_the_quantity_is_refused(as_alice, kettle):
    response = as_alice.patch(f"/api/products/{kettle.pk}/", {"name": "Pot", "quantity": 3, "expected_quantity": 9})
    assert response.status_code == 409
    kettle.refresh_from_db()
    assert (kettle.name, kettle.quantity) == ("Kettle", 10)


@pytest.fixture
def portions_fail(db):
    """Make every INSERT of a portion fail. This is the last write of a booking."""
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE stock_portion ADD CONSTRAINT "no room" CHECK (false) NOT VALID')
    yield
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE stock_portion DROP CONSTRAINT "no room"')


def test_a_failed_portion_leaves_no_lot_no_holding_and_no_movement(alice, kettle, portions_fail):
    line = BookingLine(by_id(kettle.pk), MovementType.IN, 1, place=PlaceReference(lot="A"))
    with pytest.raises(DatabaseError, match="no room"):
        book_one(draft=OperationDraft(by=alice, reason=OperationReason.PURCHASE), line=line)
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.held, kettle.stock_sequence) == (10, 0, 1)
    assert [Lot.objects.count(), Holding.objects.count()] == [0, 0]
    assert Operation.objects.count() == 1  # only the opening exists
