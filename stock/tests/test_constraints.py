"""Every constraint of the ledger refuses raw SQL that breaks its rule."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from stock.models import Movement, Operation, Performer
from testing.cast.people import make_product
from testing.tables import all_cases

MOVEMENT = {
    "product_name": "Kettle", "sequence": 2, "movement_type": "OUT", "quantity": 1, "old_quantity": 10,
    "new_quantity": 9, "value": Decimal("0.00"),
}  # fmt: skip


def insert(model, **values):
    columns = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})", list(values.values()))


def get_violated_constraint(model, **values):
    """Insert an invalid row, and return the name of the constraint that refuses it."""
    with pytest.raises(IntegrityError) as refused:
        insert(model, **values)
    return refused.value.__cause__.diag.constraint_name


@pytest.fixture
def movement(alice, kettle):
    """Return the columns of a valid next movement."""
    operation = Operation.objects.get()
    return {**MOVEMENT, "owner_id": alice.pk, "operation_id": operation.pk, "product_id": kettle.pk}


@pytest.fixture
def operation(alice, kettle):
    return {
        "owner_id": alice.pk, "performed_by_id": alice.pk, "performer_id": Performer.objects.get().pk, "reason": "sale",
        "reference": "", "note": "", "occurred_at": "2026-01-01", "created_at": "2026-01-02",
    }  # fmt: skip


def test_a_valid_movement_is_accepted(movement):
    insert(Movement, **movement)


@pytest.mark.quick
@all_cases(
    ("broken", "constraint"),
    [
        ({"new_quantity": 8}, "stock_movement_arithmetic"),
        ({"movement_type": "IN"}, "stock_movement_arithmetic"),
        ({"movement_type": "BY"}, "stock_movement_arithmetic"),
        ({"value": Decimal("-0.01")}, "stock_movement_value"),
        ({"value": Decimal("NaN")}, "stock_movement_value"),
        ({"unit_price": Decimal("-0.01")}, "stock_movement_unit_price"),
        ({"unit_price": Decimal("NaN")}, "stock_movement_unit_price"),
        ({"movement_type": "IN", "new_quantity": 11, "unit_price": 1}, "stock_movement_unit_price"),
        ({"unit_price": 1, "total": Decimal("-0.01")}, "stock_movement_total"),
        ({"unit_price": 1, "total": Decimal("NaN")}, "stock_movement_total"),
        ({"total": 1}, "stock_movement_unit_price"),
        ({"sequence": 1}, "stock_movement_sequence"),
        ({"sequence": 0}, "stock_movement_sequence_from_one"),
        ({"quantity": 0, "new_quantity": 10}, "stock_movement_quantity"),
        ({"quantity": 11, "new_quantity": -1}, "stock_movement_new_quantity"),
        ({"old_quantity": 1_000_000_001, "new_quantity": 1_000_000_000}, "stock_movement_old_quantity"),
        ({"operation_id": 999_999}, "stock_movement_operation"),
        ({"product_id": 999_999}, "stock_movement_product"),
    ],
)
def test_a_movement_that_breaks_a_rule_is_refused_by_name(movement, broken, constraint):
    assert get_violated_constraint(Movement, **{**movement, **broken}) == constraint


def test_a_movement_has_a_value(movement):
    with pytest.raises(IntegrityError) as refused:
        insert(Movement, **{**movement, "value": None})
    assert refused.value.__cause__.diag.column_name == "value"


@pytest.mark.quick
def test_a_row_links_to_rows_of_its_account_alone(movement, operation, charlie):
    product = make_product(charlie, quantity=1).pk
    theirs, performer = Operation.objects.get(owner=charlie).pk, Performer.objects.get(owner=charlie).pk
    for name, pk in (("product", product), ("operation", theirs)):
        assert get_violated_constraint(Movement, **{**movement, f"{name}_id": pk}) == f"stock_movement_{name}"
    for name, pk in (("performer", performer), ("reverses", theirs)):
        assert get_violated_constraint(Operation, **{**operation, f"{name}_id": pk}) == f"stock_operation_{name}"


@pytest.mark.quick
@all_cases(
    ("broken", "constraint"),
    [
        ({"reason": "gift"}, "stock_operation_reason"),
        ({"occurred_at": "2026-01-03"}, "stock_operation_not_in_the_future"),
        ({"reverses_id": 999_999}, "stock_operation_reverses"),
        ({"performer_id": 999_999}, "stock_operation_performer"),
    ],
)
def test_an_operation_that_breaks_a_rule_is_refused_by_name(operation, broken, constraint):
    assert get_violated_constraint(Operation, **{**operation, **broken}) == constraint


@pytest.mark.quick
def test_an_operation_is_reversed_at_most_once(operation, kettle):
    first = Operation.objects.get()
    insert(Operation, **operation, reverses_id=first.pk)
    assert get_violated_constraint(Operation, **operation, reverses_id=first.pk) == "stock_operation_one_reversal"
