"""The work for a count of lots grows no faster than its lines."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from testing.cast import make_product
from testing.work import counted

pytestmark = [pytest.mark.check, pytest.mark.django_db(transaction=True)]

LOTS = 80
MAX_RATIO = 3  # comparing each lot with all others would take four times the work


@pytest.fixture(autouse=True)
def without_other_plans():
    with connection.cursor() as cursor:
        cursor.execute("SET enable_nestloop = off; SET enable_seqscan = off")
        yield
        cursor.execute("RESET enable_nestloop; RESET enable_seqscan")


def count_lots(client, owner, shelf, number):
    """Count lots that came in after they were counted, and return the work."""
    before, pot = datetime.now(UTC).isoformat(), make_product(owner, f"Pot {number}")
    lots = [{"product": pot.pk, "location": shelf.pk, "lot": f"L{lot}"} for lot in range(number)]
    came = [{**lot, "movement_type": "IN", "quantity": 1} for lot in lots]
    answer = client.post("/api/stock/operations/", {"reason": "purchase", "lines": came})
    assert answer.status_code == 201, answer.content
    with counted() as work:
        answer = client.post(
            "/api/stock/counts/", {"lines": [{**lot, "counted": 2, "counted_at": before} for lot in lots]}
        )
    assert answer.status_code == 201, answer.content
    return work


def test_twice_the_counted_lots_are_at_most_twice_the_work(as_alice, alice, shelf):
    count_lots(as_alice, alice, shelf, 1)  # what the process remembers from its first request
    once, twice = (count_lots(as_alice, alice, shelf, number) for number in (LOTS, 2 * LOTS))
    assert twice.rows < MAX_RATIO * once.rows, (vars(once), vars(twice))


def test_a_lot_at_a_location_is_looked_up(as_alice, alice, shelf, monkeypatch):
    monkeypatch.delattr("stock.booking.picking.Place.contains")
    count_lots(as_alice, alice, shelf, 3)
