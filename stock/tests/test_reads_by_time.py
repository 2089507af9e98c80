"""Filters by time return the same rows as a comparison of every row, on every page and with late bookings."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from desk.reports.overview import levels
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Movement, MovementType, Operation, OperationReason
from stock.reading import timeline
from stock.tests.test_verify import tamper
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.services import book

BOOKINGS = 36
START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=7)
LATENESS = [timedelta(), timedelta(seconds=30), timedelta(minutes=9), timedelta(minutes=11), timedelta(hours=5)]
# These are sales at three tills, each of its own product: the order of ids differs a little from the order of time.
OUT_OF_ORDER = [timedelta(), timedelta(seconds=25), timedelta(seconds=-25)]


@pytest.fixture
def movements(alice):
    """Create movements of a day.

    Their ids follow the time of recording within a minute, and some were recorded late.
    """
    chance = random.Random(7)  # noqa: S311, the same in every run
    products = [make_product(alice, name) for name in ("Cup", "Pot", "Tea")]
    for number in range(BOOKINGS):
        lines = [BookingLine(by_id(products[number % 3].pk), MovementType.IN, number + 1)] * (1 + number % 2)
        book(draft=OperationDraft(by=alice, reason=OperationReason.OTHER), lines=lines)
    statements = []
    for number, operation in enumerate(Operation.objects.order_by("id")):
        recorded = START + (number // 3) * STEP + OUT_OF_ORDER[number % 3]
        happened = recorded - chance.choice(LATENESS)
        times = f"created_at = '{recorded}', occurred_at = '{happened}'"
        statements.append(f"UPDATE stock_operation SET {times} WHERE id = {operation.pk}")
    tamper(*statements)
    return list(Movement.objects.select_related("operation").order_by("-id"))


@pytest.fixture(params=[0, 5000], ids="at most {} rows one by one".format)
def max_late(request, monkeypatch):
    """Read late rows in both ways: by their ids, and by a range."""
    monkeypatch.setattr(timeline, "MAX_LATE", request.param)
    monkeypatch.setattr(levels, "MAX_OPERATIONS_LOOKED_UP", request.param)


def make_instants():
    """Return instants before, during and after the day. Some of them are the time of a row."""
    return [START + STEP * part for part in (-100, 0, 5.5, 9, 100)]


def read_pages(client, address, **query):
    """Return the ids of all rows from all pages. Check that the pages backwards have the same rows."""
    found, response = [], client.get(address, {**query, "page_size": 20}).json()
    while True:
        found.append([row["id"] for row in response["results"]])
        if not response["next"]:
            break
        response = client.get(response["next"]).json()
    back = [found[-1]]
    while response["previous"]:
        response = client.get(response["previous"]).json()
        back.append([row["id"] for row in response["results"]])
    assert [row for page in back[::-1] for row in page] == [row for page in found for row in page]
    return [row for page in found for row in page]


def is_in_span(operation, span):
    """Return whether the operation is in the span. Lower limits are inclusive, upper limits exclusive."""
    return (
        span.get("after", operation.occurred_at) <= operation.occurred_at
        and not ("before" in span and operation.occurred_at >= span["before"])
        and span.get("recorded_after", operation.created_at) <= operation.created_at
        and not ("recorded_before" in span and operation.created_at >= span["recorded_before"])
    )


def make_spans():
    yield from ({name: instant} for name in timeline.Span._fields for instant in make_instants())
    yield from (
        {"after": first, "before": last} for first, last in zip(make_instants(), make_instants()[2:], strict=False)
    )
    yield from ({"before": at, "recorded_before": at + STEP} for at in make_instants())
    yield from ({"before": at, "recorded_after": at - STEP, "after": at - 30 * STEP} for at in make_instants())


def make_query(span):
    return {name: instant.isoformat() for name, instant in span.items()}


def test_a_filter_by_time_returns_the_same_movements_as_a_comparison(as_alice, movements, max_late):
    for span in make_spans():
        expected = [movement.pk for movement in movements if is_in_span(movement.operation, span)]
        assert read_pages(as_alice, "/api/stock/", **make_query(span)) == expected, span


def test_a_filter_by_time_returns_the_same_movements_of_a_product(as_alice, movements, max_late):
    product = movements[0].product_id
    for span in make_spans():
        ours = [movement for movement in movements if movement.product_id == product]
        expected = [movement.pk for movement in ours if is_in_span(movement.operation, span)]
        assert read_pages(as_alice, f"/api/stock/history/{product}/", **make_query(span)) == expected, span


@pytest.mark.measured
def test_a_filter_by_time_returns_the_same_operations(as_alice, movements, max_late):
    operations = Operation.objects.order_by("-id")
    for span in make_spans():
        expected = [operation.pk for operation in operations if is_in_span(operation, span)]
        assert read_pages(as_alice, "/api/stock/operations/", **make_query(span)) == expected, span


@pytest.mark.quick
@pytest.mark.measured
def test_a_filter_by_time_combines_with_another_filter(as_alice, movements):
    span = {"before": START + 9 * STEP}
    product = movements[3].product_id  # it was booked late
    expected = [m.pk for m in movements if m.product_id == product and is_in_span(m.operation, span)]
    assert read_pages(as_alice, "/api/stock/", product=product, **make_query(span)) == expected


@all_cases("clock", levels.CLOCKS)
def test_a_level_is_the_sum_of_the_movements_up_to_the_instant(as_alice, movements, max_late, clock):
    for at in make_instants():
        response = as_alice.get("/api/stock/levels/", {"as_of": at.isoformat(), "clock": clock})
        counted = [m for m in movements if get_time(m.operation, clock) <= at]
        expected = dict.fromkeys((m.product_id for m in movements), 0)
        for movement in counted:
            expected[movement.product_id] += movement.new_quantity - movement.old_quantity
        assert {row["product"]: row["quantity"] for row in response.json()["results"]} == expected, (at, clock)


def get_time(operation, clock):
    return operation.occurred_at if clock == "occurred" else operation.created_at


def test_a_statement_has_the_balances_at_its_start_and_end(as_alice, movements):
    product = movements[0].product_id
    ours = [movement for movement in movements[::-1] if movement.product_id == product]
    for start, end in zip(make_instants(), make_instants()[1:], strict=False):
        limits = {"from": start.isoformat(), "to": end.isoformat()}
        response = as_alice.get(f"/api/products/{product}/statement/", limits).json()
        between = [m for m in ours if start <= m.operation.created_at < end]
        before = [m.new_quantity for m in ours if m.operation.created_at < start]
        assert [row["id"] for row in response["movements"]] == [m.pk for m in between]
        assert response["opening_balance"] == (before[-1] if before else 0)
        assert response["closing_balance"] == (between[-1].new_quantity if between else response["opening_balance"])


@pytest.mark.measured
@all_cases("address", ["/api/stock/", "/api/stock/operations/", "/api/stock/history/{}/"])
def test_an_account_without_movements_has_empty_lists(as_alice, alice, address):
    address = address.format(make_product(alice).pk)
    assert read_pages(as_alice, address, before="2026-01-01", recorded_after="2026-01-01") == []


def test_control_without_longest_booking_rows_are_missed(as_alice, movements, monkeypatch):
    """The order of ids can differ from the order of time by up to LONGEST_BOOKING."""
    monkeypatch.setattr(timeline, "LONGEST_BOOKING", timedelta())
    missed = []
    for span in ({"recorded_before": m.operation.created_at} for m in movements[:9]):
        expected = [m.pk for m in movements if is_in_span(m.operation, span)]
        missed += [span] if read_pages(as_alice, "/api/stock/", **make_query(span)) != expected else []
    assert missed
