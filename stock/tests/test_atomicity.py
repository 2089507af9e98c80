"""When a later write fails, nothing of an earlier one is left."""

import pytest
from django.db import DatabaseError, connection

from products.models import Product
from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.models import MovementType, Operation, Reason
from stock.services import book_one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def movements_fail(db):
    """A database in which no movement can be written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;"
            "CREATE TRIGGER fail BEFORE INSERT ON stock_movement EXECUTE FUNCTION fail()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER fail ON stock_movement; DROP FUNCTION fail()")


def test_a_failed_movement_leaves_no_operation_and_no_changed_quantity(alice, kettle, movements_fail):
    with pytest.raises(DatabaseError, match="no room"):
        book_one(draft=OperationDraft(by=alice, reason=Reason.SALE), line=Line(by_id(kettle.pk), MovementType.OUT, 1))
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.stock_sequence) == (10, 1)
    assert Operation.objects.count() == 1  # the opening


def test_a_product_whose_opening_fails_is_not_created(as_alice, movements_fail):
    as_alice.raise_request_exception = False
    body = {"name": "Pan", "price": "1.00", "quantity": 3, "category": "Kitchen"}
    answer = as_alice.post("/api/products/", body)
    assert answer.status_code == 500
    assert answer.json() == {"detail": "Something went wrong on our side.", "code": "error"}
    assert not Product.objects.exists()
    assert as_alice.get("/api/categories/").json()["count"] == 0


def test_a_rename_whose_correction_fails_is_not_kept(as_alice, kettle, movements_fail):
    as_alice.raise_request_exception = False
    assert as_alice.patch(f"/api/products/{kettle.pk}/", {"name": "Pot", "quantity": 3}).status_code == 500
    kettle.refresh_from_db()
    assert (kettle.name, kettle.quantity) == ("Kettle", 10)


def test_a_rename_whose_quantity_is_refused_is_not_kept(as_alice, kettle):
    answer = as_alice.patch(f"/api/products/{kettle.pk}/", {"name": "Pot", "quantity": 3, "expected_quantity": 9})
    assert answer.status_code == 409
    kettle.refresh_from_db()
    assert (kettle.name, kettle.quantity) == ("Kettle", 10)
