"""Every constraint of purchase orders refuses raw SQL that breaks its rule."""

import pytest
from django.db import DatabaseError, connection, transaction

from stock.models import Operation
from stock.tests.test_constraints import get_violated_constraint, insert
from testing.tables import all_cases
from trade.purchasing.models import Order, OrderLine, Receipt

SENT = {"state": "sent", "sent_at": "2026-01-02"}
CLOSED = {**SENT, "state": "closed", "closed_at": "2026-01-03"}
MAILED = {**SENT, "mail_to": "mill@example.org"}


@pytest.fixture
def order(alice):
    """Return the columns of a valid draft."""
    return {
        "owner_id": alice.pk, "supplier_name": "Mill", "state": "draft", "reference": "", "note": "",
        "made_by_id": alice.pk, "made_by_username": "alice", "created_at": "2026-01-01", "updated_at": "2026-01-01",
        "mail_to": "", "mail_tries": 0, "mail_error": "",
    }  # fmt: skip


@pytest.fixture
def line(order, alice, kettle):
    """Return the columns of a valid line."""
    insert(Order, **order)
    made = Order.objects.get()
    return {"owner_id": alice.pk, "order_id": made.pk, "product_id": kettle.pk, "quantity": 1, "unit_cost": "1.50"}


@pytest.fixture
def receipt(line, alice):
    """Return the columns of a valid receipt of the operation that opened the kettle's stock."""
    return {"owner_id": alice.pk, "order_id": line["order_id"], "operation_id": Operation.objects.get().pk}


@all_cases(
    "valid", [SENT, CLOSED, MAILED, {**MAILED, "mail_due_at": "2026-01-02"}, {**MAILED, "mailed_at": "2026-01-02"}]
)
def test_a_valid_order_is_accepted(order, valid):
    insert(Order, **order | valid)


@pytest.mark.quick
@all_cases(
    ("broken", "constraint"),
    [
        ({"state": "lost"}, "purchasing_order_state"),
        ({"state": "sent"}, "purchasing_order_sent_at"),
        ({"sent_at": "2026-01-02"}, "purchasing_order_sent_at"),
        ({**SENT, "state": "closed"}, "purchasing_order_closed_at"),
        ({**SENT, "closed_at": "2026-01-03"}, "purchasing_order_closed_at"),
        ({**SENT, "mail_due_at": "2026-01-02"}, "purchasing_order_mail"),
        ({**SENT, "mailed_at": "2026-01-02"}, "purchasing_order_mail"),
        ({**MAILED, "mailed_at": "2026-01-02", "mail_due_at": "2026-01-02"}, "purchasing_order_mail"),
        ({"supplier_id": 999_999}, "purchasing_order_supplier"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_by_name(order, broken, constraint):
    assert get_violated_constraint(Order, **order | broken) == constraint


def test_a_valid_line_is_accepted(line):
    insert(OrderLine, **line)


@all_cases(
    ("broken", "constraint"),
    [
        ({"quantity": 0}, "purchasing_orderline_quantity"),
        ({"quantity": 1_000_000_001}, "purchasing_orderline_quantity"),
        ({"unit_cost": "-0.01"}, "purchasing_orderline_unit_cost"),
        ({"name": "Pot", "sku": "", "pack_size": 1}, "purchasing_orderline_said"),
        ({"pack_size": 0}, "purchasing_orderline_pack_size"),
        ({"product_id": 999_999}, "purchasing_orderline_product"),
        ({"order_id": 999_999}, "purchasing_orderline_order"),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused_by_name(line, broken, constraint):
    assert get_violated_constraint(OrderLine, **line | broken) == constraint


def test_refuses_a_second_line_of_a_product(line):
    insert(OrderLine, **line)
    assert get_violated_constraint(OrderLine, **line) == "purchasing_orderline_once"


@all_cases(
    ("broken", "constraint"),
    [({"order_id": 999_999}, "purchasing_receipt_order"), ({"operation_id": 999_999}, "purchasing_receipt_operation")],
)
def test_a_receipt_that_breaks_a_rule_is_refused_by_name(receipt, broken, constraint):
    assert get_violated_constraint(Receipt, **receipt | broken) == constraint


@pytest.mark.quick
def test_an_operation_is_the_delivery_of_one_order(receipt):
    insert(Receipt, **receipt)
    assert get_violated_constraint(Receipt, **receipt) == "purchasing_receipt_once"


@all_cases("statement", ["UPDATE purchasing_receipt SET order_id = 1", "DELETE FROM purchasing_receipt"])
def test_refuses_to_change_or_delete_a_receipt(receipt, statement):
    insert(Receipt, **receipt)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_model_refuses_to_delete_a_receipt(receipt):
    insert(Receipt, **receipt)
    with pytest.raises(TypeError, match="immutable"):
        Receipt.objects.get().delete()
