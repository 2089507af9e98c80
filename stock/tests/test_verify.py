"""The proof of the ledger sees every kind of break."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from stock.locking import by_id
from stock.models import MovementType, Reason
from stock.services import Act, Line, book
from stock.verification import Break, breaks


@pytest.fixture
def traded(alice, kettle):
    """Three movements of one product: 10, 7, 12."""
    book(
        Act(alice.pk, alice, Reason.OTHER),
        [Line(by_id(kettle.pk), MovementType.OUT, 3), Line(by_id(kettle.pk), MovementType.IN, 5)],
    )
    return kettle


def tamper(*statements):
    """What nobody can do but the owner of the tables: switch off the rules and write."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("ALTER TABLE stock_movement DROP CONSTRAINT stock_movement_arithmetic")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_an_honest_ledger_holds(traded, alice, capsys):
    assert breaks(alice.pk) == []
    call_command("verify_stock")
    assert capsys.readouterr().out == "1 accounts, 3 movements: the ledger holds.\n"


@pytest.mark.parametrize(
    ("statement", "sequence", "what"),
    [
        ("DELETE FROM stock_movement WHERE sequence = 2", 3, "a gap before this movement"),
        ("UPDATE stock_movement SET old_quantity = 8, new_quantity = 13 WHERE sequence = 3", 3,
         "does not continue the movement before"),
        ("UPDATE stock_movement SET quantity = 4 WHERE sequence = 2", 2, "the arithmetic is wrong"),
        ("UPDATE products_product SET quantity = 99", 3, "the balance is not the result of the last movement"),
        ("DELETE FROM stock_movement WHERE sequence = 3", 3, "the balance is not the result of the last movement"),
        ("DELETE FROM stock_movement", 3, "the balance is not the result of the last movement"),
    ],
)  # fmt: skip
def test_each_break_is_named_with_its_place(traded, alice, statement, sequence, what):
    tamper(statement)
    assert Break(traded.pk, sequence, what) in breaks(alice.pk)


def test_a_row_of_another_account_is_seen(traded, alice, charlie):
    tamper(f"UPDATE stock_operation SET owner_id = {charlie.pk}")
    what = "belongs to another account than its product or operation"
    assert Break(traded.pk, 1, what) in breaks(alice.pk)


def test_the_command_names_the_first_break_and_fails(traded, alice):
    tamper("UPDATE products_product SET quantity = 99")
    message = (
        f"The ledger of account {alice.pk} is broken: product {traded.pk}, movement 3:"
        " the balance is not the result of the last movement."
    )
    with pytest.raises(CommandError, match=message):
        call_command("verify_stock")
