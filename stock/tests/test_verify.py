"""Verifying the ledger finds every kind of break."""

import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections, transaction

from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.management.commands.verify_stock import Command
from stock.models import MovementType, Operation, OperationReason, Verification
from stock.proofs import verification
from stock.proofs.verification import Break, find_breaks
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.services import book, reverse_operation


@pytest.fixture
def traded(alice, kettle):
    """Return a product with three movements, after which it has 10, 7 and 12."""
    book(
        draft=OperationDraft(by=alice, reason=OperationReason.OTHER),
        lines=[BookingLine(by_id(kettle.pk), MovementType.OUT, 3), BookingLine(by_id(kettle.pk), MovementType.IN, 5)],
    )
    return kettle


def tamper(*statements):
    """Switch off triggers and constraints, as only the tables' owner can, and run the statements."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("ALTER TABLE stock_movement DROP CONSTRAINT stock_movement_arithmetic")
        cursor.execute("ALTER TABLE stock_performer DROP CONSTRAINT stock_performer_digest_of_name")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_a_valid_ledger_holds(traded, alice, capsys):
    assert find_breaks(alice.pk) == []
    call_command(Command())
    assert capsys.readouterr().out == "1 account, 3 movements: the ledger holds.\n"


@pytest.mark.quick
@all_cases(
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
def test_each_break_is_found_with_its_place(traded, alice, statement, sequence, what):
    tamper(statement)
    assert Break(traded.pk, sequence, what) in find_breaks(alice.pk)


@all_cases(
    "statement",
    [
        "UPDATE stock_movement SET sequence = 4 WHERE sequence = 3",
        "UPDATE stock_movement SET product_id = -1",
        "UPDATE stock_movement SET operation_id = -1 WHERE sequence = 2",
        "UPDATE products_product SET stock_sequence = 2",
        "UPDATE products_product SET stock_sequence = 4",
        "UPDATE products_product SET stock_sequence = 0, quantity = 0",
        "UPDATE products_product SET stock_sequence = 2, quantity = 7",
        "DELETE FROM products_product",
    ],
)
def test_a_broken_ledger_never_holds(traded, alice, statement):
    tamper(statement)
    assert find_breaks(alice.pk) != []


def test_a_product_without_movements_has_no_stock(traded, alice):
    cup = make_product(alice, "Cup")
    assert find_breaks(alice.pk) == []
    tamper(f"UPDATE products_product SET quantity = 1 WHERE id = {cup.pk}")
    assert find_breaks(alice.pk) == [Break(cup.pk, 0, "the balance is not the result of the last movement")]


def test_a_row_of_another_account_is_found(traded, alice, charlie):
    tamper(f"UPDATE stock_operation SET owner_id = {charlie.pk}")
    what = "belongs to another account than its product or operation"
    assert Break(traded.pk, 1, what) in find_breaks(alice.pk)


def test_the_command_fails_and_names_the_first_break(traded, alice):
    tamper("UPDATE products_product SET quantity = 99")
    message = (
        f"The ledger of account {alice.pk} is broken: product {traded.pk}, movement 3:"
        " the balance is not the result of the last movement."
    )
    with pytest.raises(CommandError, match=message):
        call_command(Command())


# --- Operations -------------------------------------------------------------------------------------------


@pytest.fixture
def reversal(traded, alice):
    """Return the reversal of a product's second operation.

    Its movements -3 and +5 are the product's fourth and fifth.
    """
    return reverse_operation(by=alice, operation=Operation.objects.latest("id"))


def sell_one(user, product):
    """Book a sale and return its operation."""
    [movement] = book(
        draft=OperationDraft(by=user, reason=OperationReason.SALE),
        lines=[BookingLine(by_id(product.pk), MovementType.OUT, 1)],
    )
    return movement.operation


def describe_breaks(user):
    return [(found.sequence, found.what) for found in find_breaks(user.pk)]


def test_a_reversal_of_a_reversal_holds(reversal, alice):
    reverse_operation(by=alice, operation=reversal)
    assert find_breaks(alice.pk) == []


@all_cases(
    ("statement", "sequence", "what"),
    [
        ("UPDATE stock_movement SET id = -sequence", 1, "has a lower id than the movement before"),
        ("UPDATE stock_movement SET operation_id = (SELECT min(id) FROM stock_operation) WHERE sequence = 3", 3,
         "has a lower id than the movement before"),
        ("UPDATE stock_operation SET created_at = created_at - interval '1 hour', occurred_at = '2001-01-01'"
         " WHERE reason = 'other'", 2, "was booked before the movement before"),
    ],
)  # fmt: skip
def test_an_order_that_differs_from_the_sequence_is_found(traded, alice, statement, sequence, what):
    tamper(statement)
    assert Break(traded.pk, sequence, what) in find_breaks(alice.pk)


def test_operations_of_other_products_may_commit_in_any_order(traded, alice):
    """Of two simultaneous bookings, the one with the lower id can be the later one."""
    cup = make_product(alice, "Cup", quantity=1)
    tamper(
        f"UPDATE stock_operation SET created_at = '2001-01-01', occurred_at = '2001-01-01'"
        f" WHERE id = (SELECT operation_id FROM stock_movement WHERE product_id = {cup.pk})"
    )
    assert find_breaks(alice.pk) == []


def test_an_operation_without_movements_is_found(traded, alice):
    sold = sell_one(alice, traded)
    tamper(
        "DELETE FROM stock_movement WHERE sequence = 4",
        "UPDATE products_product SET stock_sequence = 3, quantity = 12",
    )
    assert find_breaks(alice.pk) == [Break(0, 0, f"operation {sold.pk} has no movements")]
    assert str(find_breaks(alice.pk)[0]) == f"operation {sold.pk} has no movements"


def test_an_operation_that_happened_after_it_was_booked_is_found(traded, alice):
    tamper(
        "ALTER TABLE stock_operation DROP CONSTRAINT stock_operation_not_in_the_future",
        "UPDATE stock_operation SET occurred_at = created_at + interval '1 second' WHERE reason = 'other'",
    )
    operation = Operation.objects.latest("id").pk
    assert find_breaks(alice.pk) == [Break(traded.pk, 2, f"operation {operation} happened after it was booked")]


@all_cases(
    ("statement", "what"),
    [
        ("SET reverses_id = NULL", "operation {} is a reversal, but reverses no operation"),
        ("SET reason = 'other'", "operation {} reverses an operation, but is no reversal"),
        ("SET reverses_id = id", "operation {} reverses a later operation"),
        ("SET reverses_id = (SELECT min(id) FROM stock_operation)",
         "operation {} is not the opposite of the operation that it reverses"),
        ("SET reverses_id = -1", "operation {} is not the opposite of the operation that it reverses"),
    ],
)  # fmt: skip
def test_a_reversal_that_is_none_is_found(traded, reversal, alice, statement, what):
    tamper(f"UPDATE stock_operation {statement} WHERE id = {reversal.pk}")
    assert (4, what.format(reversal.pk)) in describe_breaks(alice)


@all_cases(
    "statement",
    [
        "UPDATE stock_movement SET quantity = 6, new_quantity = 6 WHERE sequence = 4",
        "UPDATE stock_movement SET movement_type = 'IN', new_quantity = 17 WHERE sequence = 4",
        "UPDATE stock_movement SET product_id = -1 WHERE sequence = 4",
        "DELETE FROM stock_movement WHERE sequence = 5",
    ],
)
def test_a_reversal_with_other_movements_is_found(traded, reversal, alice, statement):
    tamper(statement)
    what = f"operation {reversal.pk} is not the opposite of the operation that it reverses"
    assert what in [what for _, what in describe_breaks(alice)]


def test_a_second_reversal_of_an_operation_is_found(traded, reversal, alice):
    again = sell_one(alice, traded)
    tamper(
        "DROP INDEX stock_operation_one_reversal",
        f"UPDATE stock_operation SET reason = 'reversal', reverses_id = {reversal.reverses_id} WHERE id = {again.pk}",
    )
    what = f"operation {again.pk} reverses an operation that another one reverses, too"
    assert (6, what) in describe_breaks(alice)


def test_of_many_breaks_the_first_are_returned(traded, alice):
    sold = [sell_one(alice, traded) for _ in range(4)]
    tamper("UPDATE stock_operation SET reason = 'reversal' WHERE reason = 'sale'")
    what = [f"operation {operation.pk} is a reversal, but reverses no operation" for operation in sold]
    assert describe_breaks(alice) == list(zip(range(4, 8), what, strict=True))
    assert len(find_breaks(alice.pk, limit=2)) == 2


def test_the_breaks_of_another_account_are_not_returned(traded, reversal, charlie):
    tamper("UPDATE stock_operation SET reason = 'reversal', reverses_id = NULL", "DELETE FROM stock_movement")
    assert find_breaks(charlie.pk) == []


# --- The stored results -----------------------------------------------------------------------------------


def get_stored_results():
    return {
        str(row.owner): (row.movements, row.broken)
        for row in Verification.objects.select_related("owner").order_by("id")
    }


def test_stores_the_newest_result_of_each_account(traded, alice, charlie):
    call_command(Command())
    assert get_stored_results() == {"alice": (3, ""), "charlie": (0, "")}
    before = Verification.objects.get(owner=alice).verified_at
    book(
        draft=OperationDraft(by=alice, reason=OperationReason.SALE),
        lines=[BookingLine(by_id(traded.pk), MovementType.OUT, 1)],
    )
    call_command(Command())
    assert get_stored_results() == {"alice": (4, ""), "charlie": (0, "")}
    assert Verification.objects.get(owner=alice).verified_at > before


def test_stores_a_break_and_still_verifies_the_other_accounts(traded, alice, charlie):
    make_product(charlie, quantity=2)
    tamper(f"UPDATE products_product SET quantity = 99 WHERE id = {traded.pk}")
    with pytest.raises(CommandError):
        call_command(Command())
    message = f"product {traded.pk}, movement 3: the balance is not the result of the last movement"
    assert get_stored_results() == {"alice": (3, message), "charlie": (1, "")}


def test_names_the_first_broken_account_and_counts_the_others(traded, alice, charlie):
    make_product(charlie, quantity=2)
    tamper("UPDATE products_product SET quantity = 99")
    with pytest.raises(CommandError, match=rf"account {alice.pk} is broken: .* More broken accounts: 1\."):
        call_command(Command())


def test_an_account_has_one_result(alice):
    call_command(Command())
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Verification.objects.create(owner=alice, verified_at="2026-01-01T00:00Z", movements=0)
    assert error.value.__cause__.diag.constraint_name == "stock_verification_owner"


@pytest.mark.django_db(transaction=True)
def test_two_connections_find_the_breaks_of_one(alice, monkeypatch):
    products = [make_product(alice, name=f"Cup {number}", quantity=number) for number in range(1, 6)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE products_product SET quantity = 99")
    in_one = find_breaks(alice.pk)
    monkeypatch.setattr(verification, "PRODUCTS_FOR_TWO", 5)
    with transaction.atomic():
        in_two, first = find_breaks(alice.pk), find_breaks(alice.pk, limit=1)
    assert [found.product for found in in_one] == [product.pk for product in products]
    assert (in_two, first) == (in_one, in_one[:1])


@pytest.mark.django_db(transaction=True)
def test_the_second_connection_sees_what_the_first_one_sees(alice, monkeypatch):
    make_product(alice, name="Cup", quantity=1)
    spoon = make_product(alice, name="Spoon", quantity=1)

    def pass_later(alias, *arguments):
        with connection.cursor() as cursor:  # this thread commits it before the second pass
            cursor.execute("UPDATE products_product SET quantity = 99 WHERE id = %s", [spoon.pk])
        return second_half(alias, *arguments)

    second_half = verification.pass_second_half
    monkeypatch.setattr(verification, "PRODUCTS_FOR_TWO", 2)
    monkeypatch.setattr(verification, "pass_second_half", pass_later)
    with transaction.atomic():
        assert find_breaks(alice.pk) == []
    with transaction.atomic():
        assert [found.product for found in find_breaks(alice.pk)] == [spoon.pk]


@pytest.mark.django_db(transaction=True)
def test_the_command_verifies_a_large_shop_by_two_connections(alice, kettle, monkeypatch, capsys):
    monkeypatch.setattr(verification, "PRODUCTS_FOR_TWO", 1)
    call_command(Command())
    assert capsys.readouterr().out.endswith(": the ledger holds.\n")


def fail_second(statement, monkeypatch):
    """Let the second of two connections execute this statement before it passes its products."""
    first_thread, pass_products = threading.current_thread(), verification.pass_products

    def pass_or_fail(*arguments):
        if threading.current_thread() is not first_thread:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        return pass_products(*arguments)

    monkeypatch.setattr(verification, "PRODUCTS_FOR_TWO", 1)
    monkeypatch.setattr(verification, "pass_products", pass_or_fail)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)",
        "ROLLBACK; SELECT 1 / 0",
    ],
)
def test_a_second_connection_that_fails_never_lets_the_ledger_hold(alice, as_alice, kettle, monkeypatch, statement):
    as_alice.raise_request_exception = False
    fail_second(statement, monkeypatch)
    answer = as_alice.get("/api/stock/verify/")
    assert (answer.status_code >= 500, "broken" in answer.text) == (True, False)
    with pytest.raises(DatabaseError):
        call_command(Command())
    assert not Verification.objects.filter(movements__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_without_a_second_connection_the_ledger_never_holds(alice, as_alice, kettle, monkeypatch):
    def refuse(wrapper, parameters):
        if threading.current_thread() is not first_thread:
            raise OperationalError("too many connections")
        return connect(wrapper, parameters)

    first_thread, backend = threading.current_thread(), type(connections["default"])
    connect = backend.get_new_connection
    monkeypatch.setattr(backend, "get_new_connection", refuse)
    monkeypatch.setattr(verification, "PRODUCTS_FOR_TWO", 1)
    as_alice.raise_request_exception = False
    assert as_alice.get("/api/stock/verify/").status_code >= 500
    with pytest.raises(OperationalError):
        call_command(Command())
