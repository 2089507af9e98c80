"""The services that book operations and correct quantities."""

import pytest

from core.fields import MAX_QUANTITY
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.booking.services import book, correct_quantity
from stock.errors import InsufficientStock, InvalidLines, ProductNotFound, QuantityChanged, StockSequenceChanged
from stock.models import Movement, MovementType, Operation, OperationReason
from testing.cast import make_product
from testing.tables import all_cases

IN, OUT = MovementType.IN, MovementType.OUT


@pytest.fixture
def draft(alice):
    return OperationDraft(by=alice, reason=OperationReason.OTHER, reference="order 5")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 3)


def test_books_all_lines_in_their_order(draft, kettle, cup):
    movements = book(
        draft=draft,
        lines=[
            BookingLine(by_id(cup.pk), OUT, 1),
            BookingLine(by_id(kettle.pk), OUT, 4),
            BookingLine(by_id(cup.pk), IN, 2),
        ],
    )
    assert [m.pk for m in movements] == sorted(m.pk for m in movements)
    assert [(m.product_id, m.sequence, m.new_quantity) for m in movements] == [
        (cup.pk, 2, 2), (kettle.pk, 2, 6), (cup.pk, 3, 4),
    ]  # fmt: skip
    assert {m.operation.reference for m in movements} == {"order 5"}


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


def test_lines_of_one_product_add_up(draft, cup):
    with pytest.raises(InvalidLines) as refused:
        book(draft=draft, lines=[BookingLine(by_id(cup.pk), OUT, 2), BookingLine(by_id(cup.pk), OUT, 2)])
    error = refused.value.errors[1]
    assert isinstance(error, InsufficientStock)
    assert error.numbers == {"product": cup.pk, "available": 1, "requested": 2}


def test_a_line_can_use_the_stock_that_an_earlier_line_delivers(draft, cup):
    assert (
        book(draft=draft, lines=[BookingLine(by_id(cup.pk), IN, 5), BookingLine(by_id(cup.pk), OUT, 8)])[
            -1
        ].new_quantity
        == 0
    )


def test_reports_all_refused_lines_and_books_nothing(draft, kettle, cup):
    lines = [
        BookingLine(by_id(999_999), OUT, 1),
        BookingLine(by_id(kettle.pk), OUT, 1),
        BookingLine(by_id(cup.pk), OUT, 9),
        BookingLine(by_id(cup.pk), IN, 1, 7),
    ]
    with pytest.raises(InvalidLines) as refused:
        book(draft=draft, lines=lines)
    kinds = {number: type(error) for number, error in refused.value.errors.items()}
    assert kinds == {0: ProductNotFound, 2: InsufficientStock, 3: QuantityChanged}
    assert Operation.objects.filter(reference="order 5").count() == 0


def test_the_error_has_the_index_and_code_of_each_refused_line(draft, cup):
    with pytest.raises(InvalidLines) as refused:
        book(draft=draft, lines=[BookingLine(by_id(cup.pk), OUT, 9)])
    response = refused.value.as_dict()
    assert (response["code"], response["total"], response["detail"]) == (
        "invalid_lines", 1, "Nothing was booked. Refused lines: 1.",
    )  # fmt: skip
    assert response["lines"][0]["line"] == 0
    assert response["lines"][0]["code"] == "insufficient_stock"


def test_does_not_find_another_account_s_product(draft, charlie):
    theirs = make_product(charlie, quantity=5)
    with pytest.raises(InvalidLines) as refused:
        book(draft=draft, lines=[BookingLine(by_id(theirs.pk), OUT, 1)])
    assert isinstance(refused.value.errors[0], ProductNotFound)


@all_cases("count", [1, 100, 1000])
def test_the_number_of_statements_does_not_depend_on_the_number_of_lines(
    draft, kettle, count, django_assert_num_queries
):
    # The statements are SAVEPOINT, the lock, the write and RELEASE.
    with django_assert_num_queries(4):
        book(draft=draft, lines=[BookingLine(by_id(kettle.pk), IN, 1)] * count)
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.stock_sequence) == (10 + count, 1 + count)


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


def test_the_database_accepts_the_maximum_quantity(alice):
    assert make_product(alice, "Sand", MAX_QUANTITY).quantity == MAX_QUANTITY


def test_a_user_without_an_account_books_nothing(dora):
    with pytest.raises(ValueError, match="no account"):
        book(draft=OperationDraft(by=dora, reason=OperationReason.OTHER), lines=[])
