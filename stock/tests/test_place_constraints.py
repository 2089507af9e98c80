"""Every constraint of holdings and portions refuses raw SQL that breaks its rule."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from stock.models import Holding, Location, Lot, Movement, Portion
from stock.tests.test_constraints import get_violated_constraint, insert
from testing.cast.people import make_product
from testing.cast.places import put_away
from testing.tables import all_cases


@pytest.fixture
def lot(alice, kettle):
    return Lot.objects.create(owner=alice, product=kettle, code="H26")


@pytest.fixture
def row(alice, kettle, cellar):
    """Return the columns of a valid holding."""
    return {"owner_id": alice.pk, "product_id": kettle.pk, "location_id": cellar.pk, "quantity": 4}


@pytest.fixture(params=[Holding, Portion])
def table(request):
    return request.param


@pytest.fixture
def valid(table, row, kettle):
    """Return the columns of a valid row of the table."""
    return row if table is Holding else {**row, "movement_id": kettle.movements.get().pk}


def name_of(table, rule):
    return f"{table._meta.db_table}_{rule}"


def test_valid_rows_are_accepted(table, valid, lot):
    insert(table, **valid)
    insert(table, **valid, lot_id=lot.pk)
    insert(table, **{**valid, "location_id": None}, lot_id=lot.pk)


@pytest.mark.quick
@pytest.mark.whole
@all_cases(
    ("broken", "rule"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1_000_000_001}, "quantity"),
        ({"location_id": None}, "has_place"),
        ({"product_id": 999_999}, "product"),
        ({"location_id": 999_999}, "location"),
        ({"lot_id": 999_999}, "lot"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_by_name(table, valid, broken, rule):
    assert get_violated_constraint(table, **{**valid, **broken}) == name_of(table, rule)


def test_refuses_the_same_place_twice(table, valid, lot):
    """Null equals null: a location without a lot has no second row, and neither has a lot without a location."""
    for place in ({}, {"lot_id": lot.pk}, {"location_id": None, "lot_id": lot.pk}):
        insert(table, **{**valid, **place})
        assert get_violated_constraint(table, **{**valid, **place}) == name_of(table, "place")


@pytest.mark.quick
@pytest.mark.whole
def test_refuses_what_is_of_another_account_and_a_lot_of_another_product(table, valid, alice, charlie):
    others = {
        "location": Location.objects.create(owner=charlie, name="Cellar"),
        "product": make_product(charlie),
        "lot": Lot.objects.create(owner=alice, product=make_product(alice, "Pot"), code="H26"),
    }
    for name, row in others.items():
        assert get_violated_constraint(table, **{**valid, f"{name}_id": row.pk}) == name_of(table, name)


def test_refuses_another_account_s_movement(row, charlie):
    make_product(charlie, quantity=1)
    theirs = Movement.objects.get(owner=charlie)
    assert get_violated_constraint(Portion, **row, movement_id=theirs.pk) == "stock_portion_movement"


@all_cases("held", [-1, 11])
def test_refuses_to_hold_less_than_nothing_or_more_than_there_is(kettle, held):
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE products_product SET held = %s WHERE id = %s", [held, kettle.pk])
    assert refused.value.__cause__.diag.constraint_name == "products_product_held"


def test_refuses_a_statement_that_takes_stock_but_forgets_the_holdings(kettle, cellar):
    put_away(kettle, 8, location=cellar)
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE products_product SET quantity = 7 WHERE id = %s", [kettle.pk])
    assert refused.value.__cause__.diag.constraint_name == "products_product_held"


@all_cases("statement", ["UPDATE stock_portion SET quantity = 1", "DELETE FROM stock_portion"])
def test_refuses_to_change_or_delete_a_portion(kettle, cellar, statement):
    put_away(kettle, 8, location=cellar)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_location_or_a_lot_that_holds_something_can_not_be_deleted(kettle, cellar, lot):
    put_away(kettle, 1, location=cellar, lot=lot)
    for table, row in (("stock_location", cellar), ("stock_lot", lot)):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [row.pk])
