"""The trace of a lot reads the rows of this lot by indexes, in a shop with many lots."""

import pytest
from django.db import connection

from stock.booking.drafts import BookingLine, OperationDraft, PlaceReference, by_id
from stock.models import Lot, MovementType, OperationReason
from stock.reading.traces import LAST_OUT, TRACE
from testing.cast.people import client_of, make_product, make_user
from testing.laws.query_plans import analyze_tables
from trade.selling.services import book

LOTS, OPERATIONS, LINES = 100, 4, 1000
# The tables of the lot and its operations. The others are empty here.
TABLES = ("stock_portion", "stock_movement", "stock_operation")


@pytest.fixture(scope="module")
def shared_lot(module_db):
    """Create a lot beside those of large shops, with fresh statistics for the planner."""
    alice = make_user("alice")
    for owner in (alice, make_user("large")):
        product = make_product(owner, "Tea").pk
        for number in range(OPERATIONS):
            lines = [
                BookingLine(by_id(product), MovementType.IN, 1, place=PlaceReference(None, f"{line % LOTS}", None))
                for line in range(LINES)
            ]
            book(draft=OperationDraft(by=owner, reason=OperationReason.PURCHASE, reference=f"{number}"), lines=lines)
    analyze_tables()
    return Lot.objects.get(owner=alice, code="7")


@pytest.fixture
def lot(db, shared_lot):
    return shared_lot


def explain(statement, lot):
    values = {"owner": lot.owner_id, "lot": lot.pk, "limit": 10, "offset": 0}
    with connection.cursor() as cursor:
        # The tables are so small that the planner may prefer to read them as a whole.
        cursor.execute("SET LOCAL seq_page_cost = 50")
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("statement", [TRACE, LAST_OUT], ids=["trace", "last_out"])
def test_a_trace_reads_the_rows_of_its_lot_by_indexes(lot, statement):
    plan = explain(statement, lot)
    assert "stock_portion_by_lot" in plan, plan
    assert [table for table in TABLES if f"Seq Scan on {table}" in plan] == [], plan


def test_the_movements_of_a_lot_are_read_by_their_ids(lot, django_assert_max_num_queries):
    as_alice = client_of(lot.owner)
    with django_assert_max_num_queries(3) as captured:  # user, ids, page
        found = as_alice.get("/api/stock/", {"lot": lot.pk, "page_size": 100}).json()["results"]
    assert len(found) == OPERATIONS * LINES // LOTS
    [ids] = [query["sql"] for query in captured if "DISTINCT movement_id" in query["sql"]]
    assert "(id = ANY (" in "".join(explain(captured[-1]["sql"].replace("%", "%%"), lot))
    assert "stock_portion_by_lot" in explain(ids, lot)
