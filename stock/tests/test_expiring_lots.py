"""The event of a lot that expires soon is recorded once, 14 days ahead, if the lot is in stock."""

import re

import pytest
from django.db import IntegrityError, connection

from records.events import sql
from records.events.models import Event, EventType
from records.events.services import ExpiringLot, record_expiring_lots
from stock.jobs import HAS_EXPIRING_LOTS, record_due_lots, record_new_expiring_lots
from stock.models import Lot
from stock.tests.test_expired_lots import day, receive
from testing.cast.people import make_product
from testing.races import run_concurrently
from users.jobs import Round


def run_job():
    """Run the worker's job until it has looked at all accounts."""
    job = Round(record_due_lots, 60, HAS_EXPIRING_LOTS)
    while job.run():
        pass
    return job


def read_lot_events():
    """Return the data of the events about lots, in the order in which they were recorded."""
    rows = Event.objects.filter(type=EventType.LOT_EXPIRING).order_by("id")
    return [(row.owner_id, row.product, row.data) for row in rows]


def describe(alice, lot, quantity):
    """Return the data of the event of a lot that expires in fourteen days, of a product without codes."""
    return {
        "lot": lot.pk, "expires_on": day(alice, 14), "quantity": quantity, "sku": "", "external_id": None
    }  # fmt: skip


def test_a_lot_in_stock_is_recorded_fourteen_days_ahead(alice, kettle):
    receive(alice, kettle, 3, lot="A", expires_on=day(alice, 14))
    receive(alice, kettle, 2, lot="a")
    receive(alice, kettle, 3, lot="B", expires_on=day(alice, 15))
    receive(alice, kettle, 3, lot="C")
    run_job()
    lot = Lot.objects.get(code="A")
    assert read_lot_events() == [(alice.pk, kettle.pk, describe(alice, lot, 5))]


def test_the_event_of_a_lot_is_recorded_once(alice, kettle):
    receive(alice, kettle, 3, lot="A", expires_on=day(alice, 14))
    run_job()
    run_job()
    receive(alice, kettle, 3, lot="A")
    run_job()
    assert len(read_lot_events()) == 1


def test_a_lot_that_is_sold_out_has_no_event(as_alice, alice, kettle):
    receive(alice, kettle, 3, lot="A", expires_on=day(alice, 3))
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 3, "lot": "A"})
    run_job()
    assert read_lot_events() == []


def test_a_lot_that_came_late_has_its_event_all_the_same(alice, kettle):
    receive(alice, kettle, 3, lot="A", expires_on=day(alice, -1))
    run_job()
    assert len(read_lot_events()) == 1


def test_the_events_of_each_account_follow_its_own_date(alice, charlie, kettle):
    receive(alice, kettle, 3, lot="A", expires_on=day(alice, 14))
    foreign = make_product(charlie, "Foreign")
    receive(charlie, foreign, 3, lot="A", expires_on=day(charlie, 14))
    run_job()
    assert [(owner, product) for owner, product, _ in sorted(read_lot_events(), key=lambda row: row[0])] == [
        (alice.pk, kettle.pk), (charlie.pk, foreign.pk),
    ]  # fmt: skip


@pytest.mark.quick
def test_the_accounts_are_looked_at_again_after_a_pause(alice, kettle):
    job = run_job()
    receive(alice, kettle, 3, lot="A", expires_on=day(alice, 14))
    assert job.run() is False
    assert read_lot_events() == []
    job.next_round = 0
    job.run()
    assert len(read_lot_events()) == 1


def test_many_lots_are_recorded_in_parts(alice, kettle, monkeypatch):
    monkeypatch.setattr("stock.jobs.MAX_LOTS", 2)
    for number in range(5):
        receive(alice, kettle, 1, lot=f"L{number}", expires_on=day(alice, number))
    run_job()
    assert [data["expires_on"] for _, _, data in read_lot_events()] == [day(alice, number) for number in range(5)]


def test_the_feed_has_the_event(as_alice, alice, kettle):
    receive(alice, kettle, 3, lot="A", expires_on=day(alice, 14))
    run_job()
    [event] = as_alice.get("/api/events/", {"after": 0, "type": "lot.expiring"}).json()["events"]
    lot = Lot.objects.get()
    assert event["data"] == {"product": kettle.pk, **describe(alice, lot, 3)}


def test_a_second_event_of_a_lot_is_refused_by_the_database(alice, kettle):
    statement = (
        "INSERT INTO events_event (owner_id, type, product, data, created_at)"
        """ VALUES (%s, 'lot.expiring', 1, '{"lot": 7}', now())"""
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [alice.pk])
        with pytest.raises(IntegrityError, match="events_event_lot_expiring"):
            cursor.execute(statement, [alice.pk])


@pytest.mark.django_db(transaction=True)
def test_eight_workers_record_one_event_of_a_lot(alice, kettle):
    receive(alice, kettle, 3, lot="A", expires_on=day(alice, 14))
    recorded = run_concurrently(*[lambda: record_new_expiring_lots(alice.pk, alice.shop_today())] * 8)
    assert sorted(recorded) == [0] * 7 + [1]
    assert len(read_lot_events()) == 1


def test_without_its_conflict_clause_a_second_worker_meets_the_constraint(alice, kettle, monkeypatch):
    """This is the negative control of the race: the search of neither worker sees the event of the other."""
    statement = sql.RECORD_EXPIRING_LOTS
    monkeypatch.setattr(sql, "RECORD_EXPIRING_LOTS", re.sub(r"ON CONFLICT.*\n", "", statement))
    lots = [ExpiringLot(kettle.pk, 1, alice.shop_today(), 3)]
    assert record_expiring_lots(owner_id=alice.pk, lots=lots) == 1
    with pytest.raises(IntegrityError, match="events_event_lot_expiring"):
        record_expiring_lots(owner_id=alice.pk, lots=lots)
