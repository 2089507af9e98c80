"""The work for a count of lots grows no faster than its lines."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from testing.cast.people import make_product
from testing.laws.work import counted

pytestmark = [pytest.mark.django_db(transaction=True)]

LOTS = 160
MAX_ROWS = 400  # the most rows that are read for a lot; reading all movements of the product for each takes thousands


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


@pytest.mark.long  # PostgreSQL chooses other plans in a database with other rows
def test_the_work_for_a_counted_lot_does_not_depend_on_their_number(as_alice, alice, shelf):
    work = count_lots(as_alice, alice, shelf, LOTS)
    assert work.rows < MAX_ROWS * LOTS


def test_a_lot_at_a_location_is_looked_up(as_alice, alice, shelf, monkeypatch):
    monkeypatch.delattr("stock.booking.holdings.Place.contains")
    count_lots(as_alice, alice, shelf, 3)
