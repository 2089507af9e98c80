"""Verification and seals find every change of a closing."""

import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from desk.takeout.importing.services import import_shop
from desk.takeout.tests.conftest import export, free_names
from stock.models import Seal
from stock.proofs.services import seal_account
from stock.proofs.verification import find_breaks
from stock.tests.test_seals import read_lines
from stock.tests.test_verify import tamper
from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.tables import all_cases
from trade.closings.models import Cash, Closing
from trade.closings.proofs import compute_digest
from trade.closings.proofs import find_breaks as find_breaks_of_closings
from trade.closings.tests.drawers import close, move, preview, sell
from users.access.permissions import Caller
from users.leaving.services import erase

ONE = "number = 1 AND till_id IS NULL"


@pytest.fixture
def closed(as_alice, as_bob, alice):
    """Return the till of a shop with two closings, one of the till, and movements of cash. All are sealed."""
    pot, device = make_product(alice, "Pot", 100, price="10.00"), Device(alice)
    close(as_alice, counted="50.00", kept="40.00")
    sell(as_alice, pot, 1, occurred_at=(timezone.now() - timedelta(days=1)).isoformat(), reference="late")
    move(as_bob, "in", "5.00")
    device.book(1, pot, 1)
    close(device.client, counted="10.00", kept="0.00")
    close(as_bob, counted="45.00", kept="0.00", note="Rain")
    sell(as_alice, pot, 1)
    seal_account(owner_id=alice.pk)
    return device.till


def list_breaks(owner):
    return [one.what for one in find_breaks(owner.pk)]


def test_a_seal_has_the_data_of_the_events(alice, closed):
    head, lines = read_lines(Seal.objects.get())
    drawers = [line for line in lines if "type" in line]
    assert (head["format"], list_breaks(alice)) == (6, [])
    cash, of_till, last = drawers[1:]
    assert {**cash, "created_at": ""} == {
        "type": "cash.moved", "cash": Cash.objects.get().pk, "kind": "in", "amount": "5.00", "created_at": "",
    }  # fmt: skip
    made = Closing.objects.get(till=closed)
    assert {**of_till, "created_at": ""} == {
        "type": "closing.made", "closing": made.pk, "till": closed.pk, "number": 1,
        "digest": bytes(made.digest).hex(), "created_at": "",
    }  # fmt: skip
    assert (last["number"], "till" in last) == (2, False)


@all_cases(
    ("statement", "what"),
    [
        (f"UPDATE closings_closing SET counted = 99 WHERE {ONE}", "closing 1 was changed"),
        (f"UPDATE closings_closing SET note = 'x' WHERE {ONE}", "closing 1 was changed"),
        (
            "UPDATE closings_closing SET document = jsonb_set(document, '{total}', '\"1.00\"') WHERE note <> ''",
            "closing 2 was changed",
        ),
        (
            "UPDATE closings_closing SET document = jsonb_set(document, '{late,0,operation}', '1') WHERE note <> ''",
            "closing 2 was changed",
        ),
        (f"UPDATE closings_closing SET made_at = made_at + interval '1 s' WHERE {ONE}", "closing 1 was changed"),
        (f"UPDATE closings_closing SET to_position = to_position + 1 WHERE {ONE}", "does not begin where"),
        (f"UPDATE closings_closing SET kept = 39 WHERE {ONE}", "closing 2 does not open with the float"),
        (f"DELETE FROM closings_closing WHERE {ONE}", "closing 2 does not have the next number"),
        ("DELETE FROM closings_closing WHERE note <> ''", "is missing"),
        ("DELETE FROM closings_closing", "is missing"),
        (f"UPDATE closings_closing SET digest = sha256('x') WHERE {ONE}", "closing 1 was changed"),
        ("UPDATE closings_cash SET amount = 6", "is not that of its event"),
        ("UPDATE closings_cash SET kind = 'out'", "is not that of its event"),
        ("DELETE FROM closings_cash", "is missing"),
        ("DELETE FROM events_event WHERE type = 'closing.made'", "is not that of its event"),
        ("DELETE FROM events_event WHERE type = 'cash.moved'", "not what was sealed: seal 1"),
        (
            "UPDATE events_event SET data = jsonb_set(data, '{amount}', '\"7.00\"') WHERE type = 'cash.moved'",
            "not what was sealed: seal 1",
        ),
        (
            "UPDATE events_event SET data = jsonb_set(data, '{number}', '9') WHERE type = 'closing.made'",
            "not what was sealed: seal 1",
        ),
    ],
)
def test_every_change_is_found(alice, closed, statement, what):
    tamper(statement)
    assert any(what in found for found in list_breaks(alice)), list_breaks(alice)


def test_a_closing_that_was_computed_again_differs_from_its_event(alice, closed):
    closing = Closing.objects.select_related("performer").get(note="Rain")
    closing.note = "Sun"
    digest = compute_digest(closing).hex()
    tamper(f"UPDATE closings_closing SET note = 'Sun', digest = '\\x{digest}' WHERE id = {closing.pk}")
    assert list_breaks(alice) == ["closing 2 is not that of its event"]


def test_few_closings_are_in_memory_at_a_time(as_alice, alice):
    values = Closing.objects.values().get(pk=close(as_alice)["id"])
    late = [{"operation": n, "reference": "", "occurred_at": "", "total": "1.00"} for n in range(200)]
    values["document"]["late"] = late
    Closing.objects.bulk_create(Closing(**{**values, "id": None, "number": number}) for number in range(2, 402))
    tracemalloc.start()
    find_breaks_of_closings(alice.pk, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000


@all_cases("table", ["closings_closing", "closings_cash"])
@all_cases("statement", ["UPDATE {} SET owner_id = owner_id", "DELETE FROM {}"])
def test_the_database_refuses_every_change(closed, table, statement):
    with pytest.raises(Exception, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_an_erased_person_leaves_closings_as_they_are(alice, bob, closed, as_alice):
    device = Device(bob, "till 2")
    device.book(1, make_product(alice, "Cup", 9), 1)
    number = preview(as_alice)["sales"]
    erase(by=Caller(alice), user=bob)
    assert list_breaks(alice) == []
    assert (preview(as_alice)["sales"], preview(as_alice, device.till.pk)["sales"]) == (number, 1)
    shown = as_alice.get("/api/closings/").json()["results"][0]
    assert shown["made_by_username"].startswith("user-")


@pytest.mark.django_db(transaction=True)
def test_closings_hold_after_the_shop_has_moved(alice, closed, as_alice):
    before = [row.document["late"] for row in Closing.objects.order_by("pk")]
    file = export(alice)
    free_names()
    owner = import_shop(file, lambda _text: None, accept_large_ids=True)  # other tests have moved shops
    assert list_breaks(owner) == []
    moved = Closing.objects.filter(owner=owner).order_by("pk")
    shift = moved[0].shift
    assert shift
    after = [row.document["late"] for row in moved]
    assert after[2][0]["operation"] == before[2][0]["operation"] + shift
    assert moved[1].till_id == closed.pk + shift
