"""Movements of an earlier release get values: at once when a product is booked, or by a command."""

import io
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from products.models import Product
from stock import valuing
from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.models import Movement, Seal
from stock.seals import seal_account
from stock.services import book_one, value_some
from stock.verification import find_breaks
from testing.cast import make_product

EARLIER_SALE = """
INSERT INTO stock_movement (
    owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity
) VALUES (%(owner)s, %(operation)s, %(product)s, 'Tea', 2, 'OUT', 10, 10, 0)
"""
EARLIER_BALANCE = """
UPDATE products_product SET quantity = 0, stock_sequence = 2 WHERE owner_id = %(owner)s AND id = %(product)s
"""


def sell(user, product, quantity=1, reason="sale"):
    return book_one(draft=OperationDraft(by=user, reason=reason), line=Line(by_id(product.pk), "OUT", quantity))


def receive(user, product, quantity, unit_cost=None):
    line = Line(by_id(product.pk), "IN", quantity, unit_cost=unit_cost)
    return book_one(draft=OperationDraft(by=user, reason="purchase"), line=line)


@pytest.fixture
def tea(alice):
    """Return a product whose movements an earlier release has booked."""
    product = make_product(alice, "Tea", 10, cost_price="2.50")
    sell(alice, product, 3)
    forget_values()
    return product


def tamper(statement):
    """Run the statement without triggers, as only the tables' owner can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def forget_values():
    tamper("UPDATE stock_movement SET value = NULL, unit_price = NULL")
    tamper("UPDATE products_product SET stock_value = 0, valued_sequence = 0")


def list_values(product):
    values = Movement.objects.filter(product_id=product.pk).order_by("sequence").values_list("value", flat=True)
    return [None if value is None else str(value) for value in values]


def get_value(product):
    product = Product.objects.get(pk=product.pk)
    return str(product.stock_value), product.valued_sequence


def test_the_command_values_at_the_present_cost_price(tea):
    written = io.StringIO()
    call_command("value_ledger", stdout=written)
    assert written.getvalue() == "All movements have values.\n"
    assert (list_values(tea), get_value(tea)) == (["25.00", "7.50"], ("17.50", 2))


def test_the_next_booking_values_what_was_booked_before(alice, tea):
    sell(alice, tea, 7)
    assert (list_values(tea), get_value(tea)) == (["25.00", "7.50", "17.50"], ("0.00", 3))
    assert find_breaks(alice.pk) == []


def test_movements_of_an_earlier_release_beside_this_one_are_valued_later(alice, tea):
    """The earlier release sells the last seven and does not write values."""
    value_some(alice.pk)
    receive(alice, tea, 1, unit_cost=Decimal("10.00"))
    sell(alice, tea, 8)
    tamper("UPDATE stock_movement SET value = NULL, unit_price = NULL WHERE sequence = 4")
    tamper("UPDATE products_product SET stock_value = 27.50, valued_sequence = 3")
    assert get_value(tea) == ("27.50", 3)
    receive(alice, tea, 1)
    assert list_values(tea) == ["25.00", "7.50", "10.00", "27.50", "2.50"]
    assert find_breaks(alice.pk) == []


def test_what_an_earlier_release_inserts_is_valued(alice):
    """The earlier release knows neither the columns of values nor `valued_sequence`."""
    product = make_product(alice, "Tea", 10, cost_price="2.50")
    [operation] = Movement.objects.filter(product_id=product.pk).values_list("operation_id", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(EARLIER_SALE, {"owner": alice.pk, "operation": operation, "product": product.pk})
        cursor.execute(EARLIER_BALANCE, {"owner": alice.pk, "product": product.pk})
    assert (list_values(product), get_value(product)) == (["25.00", None], ("25.00", 1))
    call_command("value_ledger", stdout=io.StringIO())
    assert (list_values(product), get_value(product)) == (["25.00", "25.00"], ("0.00", 2))


def test_a_reversal_values_its_operation_first(as_alice, alice, tea):
    operation = Movement.objects.get(sequence=2).operation_id
    reversal = as_alice.post(f"/api/stock/operations/{operation}/reverse/", {}).json()
    assert [movement["value"] for movement in reversal["movements"]] == ["7.50"]
    assert get_value(tea) == ("25.00", 3)


def test_many_movements_are_valued_in_several_batches(alice, tea, monkeypatch):
    make_product(alice, "Cup", 5, cost_price="1.00")
    forget_values()
    monkeypatch.setattr(valuing, "MAX_MOVEMENTS_AT_A_TIME", 1)
    monkeypatch.setattr("stock.services.MAX_MOVEMENTS_AT_A_TIME", 1)
    assert [value_some(alice.pk) for _ in range(4)] == [True, True, True, False]
    assert get_value(tea) == ("17.50", 2)
    assert find_breaks(alice.pk) == []


def test_a_ledger_that_is_not_yet_valued_holds(alice, tea):
    assert find_breaks(alice.pk) == []


def test_movements_without_values_are_null_in_the_api(as_alice, tea):
    assert {row["value"] for row in as_alice.get("/api/stock/").json()["results"]} == {None}


def test_only_a_missing_value_can_be_set(tea):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stock_movement SET value = 1 WHERE sequence = 1")
        for change in ("value = 2", "value = NULL", "unit_price = 1", "quantity = 1"):
            cursor.execute("SAVEPOINT a")
            with pytest.raises(IntegrityError, match="The ledger is immutable"):
                cursor.execute(f"UPDATE stock_movement SET {change} WHERE sequence = 1")
            cursor.execute("ROLLBACK TO SAVEPOINT a")


def test_a_value_can_not_be_set_together_with_another_column(tea):
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="The ledger is immutable"):
        cursor.execute("UPDATE stock_movement SET value = 1, quantity = quantity + 1")


def test_a_seal_of_movements_without_values_holds_after_they_are_valued(alice, tea):
    seal_account(owner_id=alice.pk)
    value_some(alice.pk)
    sell(alice, tea)
    seal_account(owner_id=alice.pk)
    assert list(Seal.objects.order_by("number").values_list("format", flat=True)) == [2, 4]
    assert find_breaks(alice.pk) == []
