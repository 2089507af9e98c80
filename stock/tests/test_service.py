"""The services that book operations and correct quantities."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.fields import MAX_QUANTITY
from stock.booking import services as ledger
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.booking.services import correct_quantity
from stock.errors import ProductNotFound, StockSequenceChanged
from stock.models import Movement, MovementType, Operation, OperationReason
from testing.cast.people import make_product
from trade.selling.services import book

IN, OUT = MovementType.IN, MovementType.OUT


@pytest.fixture
def draft(alice):
    return OperationDraft(by=alice, reason=OperationReason.OTHER, reference="order 5")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 3)


def test_a_movement_is_named_by_its_type_quantity_and_product(draft, kettle):
    [movement] = book(draft=draft, lines=[BookingLine(by_id(kettle.pk), OUT, 4)])
    assert str(movement) == "OUT 4 Kettle"


def test_returns_the_rows_as_they_are_in_the_database(draft, kettle, cup):
    for movement in book(draft=draft, lines=[BookingLine(by_id(kettle.pk), OUT, 4), BookingLine(by_id(cup.pk), IN, 2)]):
        stored = Movement.objects.get(pk=movement.pk)
        for field in Movement._meta.concrete_fields:
            assert getattr(stored, field.attname) == getattr(movement, field.attname)
        for field in Operation._meta.concrete_fields:
            assert getattr(stored.operation, field.attname) == getattr(movement.operation, field.attname)


def test_a_correction_books_the_difference(draft, kettle):
    correct_quantity(draft=draft, product_id=kettle.pk, quantity=4)
    movement = Movement.objects.get(product=kettle, sequence=2)
    assert (movement.movement_type, movement.quantity, movement.new_quantity) == (OUT, 6, 4)


def test_a_correction_without_a_difference_books_nothing(draft, kettle):
    correct_quantity(draft=draft, product_id=kettle.pk, quantity=10, sequence=0)
    assert Movement.objects.filter(product=kettle).count() == 1


def test_refuses_a_correction_decided_before_the_last_movement(draft, kettle):
    with pytest.raises(StockSequenceChanged) as refused:
        correct_quantity(draft=draft, product_id=kettle.pk, quantity=4, sequence=0)
    assert refused.value.numbers == {
        "product": kettle.pk, "actual": 10, "expected_sequence": 0, "actual_sequence": 1,
    }  # fmt: skip


def test_refuses_a_correction_of_a_missing_product(draft):
    with pytest.raises(ProductNotFound):
        correct_quantity(draft=draft, product_id=999_999, quantity=4)


def test_a_movement_keeps_the_names_of_product_and_user_from_its_time(draft, alice, kettle):
    movement = book(draft=draft, lines=[BookingLine(by_id(kettle.pk), OUT, 1)])[0]
    kettle.name, alice.username = "Teapot", "alicia"
    kettle.save(update_fields=["name"])
    alice.save(update_fields=["username"])
    stored = Movement.objects.get(pk=movement.pk)
    assert (stored.product_name, stored.operation.performer.name) == ("Kettle", "alice")


@pytest.mark.quick
def test_the_database_accepts_the_maximum_quantity(alice):
    assert make_product(alice, "Sand", MAX_QUANTITY).quantity == MAX_QUANTITY


@pytest.mark.quick
def test_an_operation_of_a_clock_that_is_fast_happened_when_it_was_booked(alice, kettle):
    draft = OperationDraft(by=alice, reason=OperationReason.OTHER, occurred_at=timezone.now() + timedelta(minutes=1))
    operation = book(draft=draft, lines=[BookingLine(by_id(kettle.pk), OUT, 1)])[0].operation
    assert operation.occurred_at == operation.created_at


def test_a_user_without_an_account_books_nothing(dora):
    with pytest.raises(ValueError, match="no account"):
        book(draft=OperationDraft(by=dora, reason=OperationReason.OTHER), lines=[])


def test_the_ledger_books_no_sale_whose_price_nobody_has_decided(alice, kettle):
    draft = OperationDraft(by=alice, reason=OperationReason.SALE)
    with pytest.raises(ValueError, match="without a price"):
        ledger.book(draft=draft, lines=[BookingLine(by_id(kettle.pk), "OUT", 1)])
