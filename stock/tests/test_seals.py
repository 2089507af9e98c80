"""Seals: their coverage, their files, and the users who make them."""

import json
import re
import threading
from hashlib import sha256
from tempfile import TemporaryFile

import pytest
from django.db import IntegrityError, connection, transaction

from records.events.models import Event, EventType
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Movement, MovementType, Operation, OperationReason, Payment, Portion, Seal, Sold
from stock.proofs import services, sql_seals
from stock.proofs.services import seal_account
from stock.proofs.verification import find_breaks
from stock.tests.test_verify import tamper
from testing.cast.people import make_location, make_product
from testing.races import disable_account_locks, let_meet, run_and_disconnect, try_concurrently
from testing.tables import all_cases
from trade.selling.services import book, reverse_operation


def sell(user, product, quantity=1, **texts):
    """Book a sale and return its operation."""
    line = BookingLine(by_id(product.pk), MovementType.OUT, quantity)
    [movement] = book(draft=OperationDraft(by=user, reason=OperationReason.SALE, **texts), lines=[line])
    return movement.operation


def read_text(seal):
    with transaction.atomic():
        return b"".join(services.read_file(seal)).decode()


def read_lines(seal):
    """Return the first line of the seal's file, and the other lines."""
    head, *lines = map(json.loads, read_text(seal).splitlines())
    return head, lines


def list_names(columns):
    """Return the names of the columns of a line."""
    return re.findall(r"'([a-z_]+)', ", columns)


# --- What is sealed -----------------------------------------------------------------------------------------


def test_seals_what_was_booked_since_the_last_seal(alice, kettle):
    assert seal_account(owner_id=alice.pk, by=alice) == 1
    sell(alice, kettle)
    sell(alice, kettle)
    assert seal_account(owner_id=alice.pk) == 1
    first, second = Seal.objects.order_by("number")
    assert (first.number, first.from_position, first.operations, first.movements) == (1, 1, 1, 1)
    assert (second.number, second.from_position, second.operations) == (2, first.to_position + 1, 2)
    assert (bytes(first.previous), bytes(second.previous)) == (bytes(32), bytes(first.digest))
    assert (first.sealed_by, second.sealed_by) == (alice, None)


def test_what_is_sealed_is_not_sealed_again(alice, kettle):
    assert [seal_account(owner_id=alice.pk) for _ in range(3)] == [1, 0, 0]
    make_product(alice, "Cup")
    assert seal_account(owner_id=alice.pk) == 0


def test_an_account_without_bookings_has_no_seal(alice):
    make_product(alice, "Cup")
    assert seal_account(owner_id=alice.pk) == 0
    assert not Seal.objects.exists()


def test_a_seal_has_a_limited_number_of_operations(alice, kettle, monkeypatch):
    monkeypatch.setattr(services, "MAX_OPERATIONS", 2)
    for _ in range(4):
        sell(alice, kettle)
    assert seal_account(owner_id=alice.pk) == 3
    assert list(Seal.objects.order_by("number").values_list("operations", flat=True)) == [2, 2, 1]


def test_a_seal_has_a_limited_number_of_movements_or_one_operation(alice, kettle, monkeypatch):
    monkeypatch.setattr(services, "MAX_MOVEMENTS", 2)
    line = BookingLine(by_id(kettle.pk), MovementType.OUT, 1)
    for number in (1, 1, 3, 1):
        book(draft=OperationDraft(by=alice, reason=OperationReason.SALE), lines=[line] * number)
    assert seal_account(owner_id=alice.pk) == 4
    counts = Seal.objects.order_by("number").values_list("operations", "movements")
    assert list(counts) == [(2, 2), (1, 1), (1, 3), (1, 1)]


def test_every_operation_is_in_one_seal(alice, kettle):
    for _ in range(3):
        sell(alice, kettle)
        seal_account(owner_id=alice.pk)
    lines = [line for seal in Seal.objects.order_by("number") for line in read_lines(seal)[1] if "table" not in line]
    assert [line["id"] for line in lines if "operation_id" not in line] == sorted(
        Operation.objects.values_list("id", flat=True)
    )
    assert sum("operation_id" in line for line in lines) == Movement.objects.count()


def test_accounts_are_sealed_apart(alice, charlie, kettle):
    make_product(charlie, quantity=3)
    assert (seal_account(owner_id=alice.pk), seal_account(owner_id=charlie.pk)) == (1, 1)
    assert [seal.number for seal in Seal.objects.all()] == [1, 1]
    assert {line["owner_id"] for line in read_lines(Seal.objects.get(owner=alice))[1]} == {alice.pk}


@pytest.mark.django_db(transaction=True)
def test_seals_at_the_same_time_cover_each_operation_once(alice, kettle):
    for _ in range(5):
        sell(alice, kettle)
    threads = [
        threading.Thread(target=run_and_disconnect, args=(lambda: seal_account(owner_id=alice.pk),)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(seal.number, seal.operations) for seal in Seal.objects.all()] == [(1, 6)]


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_workers_would_begin_at_the_same_seal(alice, kettle, monkeypatch):
    """The negative control of the test above."""
    sell(alice, kettle)
    services.number_all_events(alice.pk)
    disable_account_locks(monkeypatch)
    let_meet(monkeypatch, services, "find_newest", 2)
    results = try_concurrently(*[lambda: services.seal_next(owner_id=alice.pk, by=None)] * 2)
    assert IntegrityError in map(type, results)


# --- The file -----------------------------------------------------------------------------------------------


def test_the_digest_is_that_of_the_file(alice, kettle):
    sell(alice, kettle)
    seal_account(owner_id=alice.pk)
    seal = Seal.objects.get()
    assert sha256(read_text(seal).encode()).digest() == bytes(seal.digest)


def test_the_file_has_the_seal_then_each_operation_with_its_movements(alice, kettle):
    pot = make_product(alice, "Pot", quantity=5)
    operation = sell(alice, kettle, reference="till 1", note='50 % "off" \\ Größe\nXL')
    reverse_operation(by=alice, operation=operation)
    lines = [BookingLine(by_id(pot.pk), MovementType.OUT, 2), BookingLine(by_id(kettle.pk), MovementType.IN, 1)]
    book(draft=OperationDraft(by=alice, reason=OperationReason.OTHER), lines=lines)
    seal_account(owner_id=alice.pk, by=alice)
    seal = Seal.objects.get()
    head, lines = read_lines(seal)
    lines = [line for line in lines if "table" not in line]
    assert head == {
        "format": 6, "account": alice.pk, "number": 1, "from_position": 1, "to_position": seal.to_position,
        "nonce": bytes(seal.nonce).hex(), "operations": 5, "movements": 6, "previous": "0" * 64, "sealed_by": alice.pk,
        "created_at": seal.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }  # fmt: skip
    assert ["operation_id" in line for line in lines] == [False, True] * 4 + [False, True, True]
    sold = lines[4]
    assert (sold["reference"], sold["note"], sold["reverses_id"]) == ("till 1", '50 % "off" \\ Größe\nXL', None)
    assert sold["created_at"] == operation.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert lines[6]["reverses_id"] == operation.pk
    assert [line["product_id"] for line in lines[-2:]] == [pot.pk, kettle.pk]


@all_cases(
    ("model", "columns"),
    [
        (Operation, sql_seals.OPERATION),
        (Movement, sql_seals.MOVEMENT + sql_seals.TOTAL),
        (Sold, sql_seals.SOLD + sql_seals.EXEMPT),
        (Portion, sql_seals.PORTION),
        (Payment, sql_seals.PAYMENT + sql_seals.TIP),
    ],
)
def test_every_column_is_sealed(model, columns):
    """A new column needs a new format, because the seals of the past have to keep their lines."""
    sealed_as = {"performer_id": "performer_digest"}  # the digest of the name replaces the key to it
    names = [sealed_as.get(field.column, field.column) for field in model._meta.local_fields]
    columns = list_names(columns)
    in_order = [name for name in columns if name not in ("tip", "category", "reason")]  # these are the last ones
    assert in_order == [name for name in names if name in in_order]
    assert set(columns) == {*names}


def test_the_portions_follow_the_movements_of_their_operation(as_alice, alice, kettle):
    cellar = make_location(alice, "Cellar")
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 2, "location": cellar.pk}
    as_alice.post("/api/stock/operations/", {"lines": [line, line]})
    seal_account(owner_id=alice.pk)
    _, lines = read_lines(Seal.objects.get())
    first, second = lines[-2:]
    assert [(row["location_id"], row["lot_id"], row["quantity"]) for row in (first, second)] == [
        (cellar.pk, None, 2)
    ] * 2
    assert second["movement_id"] == first["movement_id"] + 1


def test_each_seal_has_a_nonce_of_its_own(alice, kettle):
    seal_account(owner_id=alice.pk)
    sell(alice, kettle)
    seal_account(owner_id=alice.pk)
    first, second = (bytes(seal.nonce) for seal in Seal.objects.order_by("number"))
    assert (len(first), len(second)) == (32, 32)
    assert first != second


def test_every_column_of_a_seal_is_in_its_file(alice, kettle):
    seal_account(owner_id=alice.pk)
    seal = Seal.objects.get()
    columns = {field.column for field in Seal._meta.local_fields} - {"id", "digest", "shift"}
    names = {"owner_id": "account", "sealed_by_id": "sealed_by"}
    assert {names.get(column, column) for column in columns} == read_lines(seal)[0].keys()


def test_the_file_does_not_depend_on_the_time_zone_of_the_session(alice, kettle):
    seal_account(owner_id=alice.pk)
    seal = Seal.objects.get()
    before = read_text(seal)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'Asia/Tokyo'")
        cursor.execute("SET LOCAL DateStyle = 'German'")
    assert read_text(seal) == before


def test_a_failure_closes_the_temporary_file(seal, monkeypatch):
    files = []

    def make_file():
        files.append(TemporaryFile())  # noqa: SIM115
        return files[0]

    def fail(seal):
        raise OSError("the connection broke")

    monkeypatch.setattr(services, "TemporaryFile", make_file)
    monkeypatch.setattr(services, "read_file", fail)
    with pytest.raises(OSError, match="broke"):
        next(services.stream_file(seal))
    assert files[0].closed


# --- The event ----------------------------------------------------------------------------------------------


def test_a_seal_is_an_event_with_its_digest(alice, kettle):
    seal_account(owner_id=alice.pk)
    seal, event = Seal.objects.get(), Event.objects.get(type=EventType.LEDGER_SEALED)
    assert event.data == {
        "seal": seal.pk, "number": 1, "from_position": 1, "to_position": seal.to_position,
        "digest": bytes(seal.digest).hex(), "previous": "0" * 64,
    }  # fmt: skip


def test_without_its_event_there_is_no_seal(alice, kettle, monkeypatch):
    def fail(**kwargs):
        raise OSError("full")

    monkeypatch.setattr(services, "record", fail)
    with pytest.raises(OSError, match="full"):
        seal_account(owner_id=alice.pk)
    assert not Seal.objects.exists()


# --- Rules --------------------------------------------------------------------------------------------------


@pytest.fixture
def seal(alice, kettle):
    """Return the seal of Alice's first booking."""
    seal_account(owner_id=alice.pk)
    return Seal.objects.get()


@all_cases("statement", ["UPDATE stock_seal SET operations = 7", "DELETE FROM stock_seal"])
def test_the_database_refuses_to_change_a_seal(seal, statement):
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_model_refuses_to_change_a_seal(seal):
    assert str(seal) == "seal 1"
    with pytest.raises(TypeError):
        seal.save()
    with pytest.raises(TypeError):
        seal.delete()


@all_cases(
    ("values", "constraint"),
    [
        ({"number": 1}, "stock_seal_number"),
        ({"to_position": None}, "stock_seal_to_position"),
        ({"number": 0}, "stock_seal_number_from_one"),
        ({"from_position": 0}, "stock_seal_positions"),
        ({"from_position": 100}, "stock_seal_positions"),
        ({"operations": -1}, "stock_seal_counts"),
        ({"previous": b"1"}, "stock_seal_previous"),
        ({"digest": b"1"}, "stock_seal_digest"),
        ({"nonce": b"1"}, "stock_seal_nonce"),
    ],
)
def test_a_seal_that_breaks_a_rule_is_refused_by_name(seal, values, constraint):
    fields = {
        "owner_id": seal.owner_id, "format": 1, "nonce": bytes(32), "number": 2, "from_position": 50, "to_position": 60,
        "operations": 1, "movements": 1, "previous": bytes(32), "digest": bytes(32), "created_at": seal.created_at,
    }  # fmt: skip
    if values == {"to_position": None}:
        values = {"to_position": seal.to_position, "from_position": 1}
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Seal.objects.create(**fields | values)
    assert error.value.__cause__.diag.constraint_name == constraint


# --- Seals of earlier releases ------------------------------------------------------------------------------


@pytest.fixture
def old_seal(as_alice, alice, kettle, monkeypatch):
    """Return a seal as release 1.4.0 makes it, over a sale for 10.00 and its return."""
    monkeypatch.setattr(sql_seals, "FORMAT", 2)
    monkeypatch.setattr(sql_seals, "list_sealed", list)
    monkeypatch.setattr(sql_seals, "NAMED", "")
    as_alice.post(f"/api/stock/operations/{sell(alice, kettle).pk}/return/", {})
    seal_account(owner_id=alice.pk)
    monkeypatch.undo()
    return Seal.objects.get()


@pytest.mark.quick
def test_the_next_seal_covers_what_one_of_an_earlier_release_has_left_out(alice, kettle, old_seal):
    assert (old_seal.format, find_breaks(alice.pk)) == (2, [])
    for _ in range(2):
        sell(alice, kettle)
        seal_account(owner_id=alice.pk)
    _, second, third = Seal.objects.order_by("number")
    returned = [[line for line in read_lines(seal)[1] if "source_id" in line] for seal in (second, third)]
    assert ([second.format, third.format], [len(lines) for lines in returned]) == ([7, 6], [1, 0])
    assert returned[0][0]["total"] == "10.00"
    tamper("UPDATE stock_returned SET total = 9")
    assert [found.what.partition(",")[0] for found in find_breaks(alice.pk)] == ["not what was sealed: seal 2"]
