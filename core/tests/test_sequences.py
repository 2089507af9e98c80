"""Sequences that are below the ids of their rows, or far above them, are found. Rollbacks leave gaps in ids alone."""

import runpy

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction

from core.database import sequences
from records.events.models import Event
from records.events.services import number_events
from testing.cast.people import make_product

TABLE = "products_product"


def set_sequence(value):
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [TABLE, value])


@pytest.fixture(autouse=True)
def restored(db):
    """Set the sequence back, which the rollback of the test does not do."""
    last = sequences.find_last_values([TABLE])[TABLE]
    yield
    set_sequence(max(last, 1))


@pytest.fixture
def pot(alice, kettle):
    """Return the newest product, whose id is not the first one."""
    return make_product(alice, "Pot")


def test_sequences_at_their_rows_or_a_gap_above_are_right(pot):
    assert list(sequences.find_misplaced()) == []
    set_sequence(pot.pk + sequences.MAX_GAP)
    assert list(sequences.find_misplaced()) == []


@pytest.mark.parametrize(("distance", "what"), [(-1, "have ids up to"), (sequences.MAX_GAP + 1, "far above its rows")])
def test_a_misplaced_sequence_is_named_with_the_statement_that_mends_it(alice, pot, distance, what):
    set_sequence(pot.pk + distance)
    [found] = sequences.find_misplaced()
    assert what in found
    statement = found.partition("run ")[2]
    assert statement == f"SELECT setval(pg_get_serial_sequence('{TABLE}', 'id'), {pot.pk});"
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(sequences.find_misplaced()) == []
    assert make_product(alice, "Cup").pk == pot.pk + 1


@pytest.mark.skipif(settings.DB_CITUS, reason="there verify_stock alone asks")
def test_neither_migrate_nor_the_web_service_starts_with_a_sequence_below_its_rows(pot, monkeypatch):
    def check():
        return [one.id for one in run_checks(tags=["database"], databases=["default"])]

    refuse = runpy.run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))["refuse_set_back"]
    monkeypatch.setattr(connection, "close", lambda: None)
    set_sequence(pot.pk + sequences.MAX_GAP + 1)  # nothing is refused but long ids
    assert (check(), refuse()) == ([], None)
    set_sequence(pot.pk - 1)
    assert check() == ["core.E003"]
    with pytest.raises(SystemExit, match=rf"have ids up to {pot.pk}, but their sequence is at {pot.pk - 1}"):
        refuse()
    monkeypatch.setattr(sequences, "find_set_back", raise_away)
    assert refuse() is None  # a service without its database starts and waits


def raise_away():
    raise OperationalError


def test_verify_stock_exits_with_a_misplaced_sequence_after_the_ledgers(kettle, capsys):
    set_sequence(10**15)
    with pytest.raises(CommandError, match=r"The sequence of products_product is at 1000000000000000, far above"):
        call_command("verify_stock")
    assert capsys.readouterr().out.endswith("the ledger holds.\n")


def test_a_booking_that_was_rolled_back_leaves_a_gap_in_ids_alone(as_alice, alice, pot):
    def book():
        body = {"product": pot.pk, "movement_type": "IN", "quantity": 1}
        return as_alice.post("/api/stock/", body).json()

    first = book()
    with transaction.atomic():
        assert book()["id"] == first["id"] + 1
        transaction.set_rollback(True)
    last = book()
    assert last["id"] == first["id"] + 2
    assert (last["sequence"], last["old_quantity"]) == (first["sequence"] + 1, first["new_quantity"])
    number_events(alice.pk)
    positions = Event.objects.filter(owner=alice).order_by("position").values_list("position", flat=True)
    assert list(positions) == list(range(1, len(positions) + 1))


def test_a_sequence_is_moved_forwards_only(kettle):
    set_sequence(500)
    for last, expected in ((499, 500), (501, 501)):
        sequences.move_sequences({TABLE: last})
        assert sequences.find_last_values([TABLE]) == {TABLE: expected}
