"""Reads by either clock give exactly what a comparison of every row gives, on every page, late bookings included."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from reports import levels
from stock import timeline
from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.models import Movement, MovementType, Operation, Reason
from stock.services import book
from stock.tests.test_verify import tamper
from testing.cast import make_product

BOOKINGS = 36
START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=7)
LATENESS = [timedelta(), timedelta(seconds=30), timedelta(minutes=9), timedelta(minutes=11), timedelta(hours=5)]
# Sales at three tills: each has its own product, and ids are not quite in the order of time.
OUT_OF_ORDER = [timedelta(), timedelta(seconds=25), timedelta(seconds=-25)]


@pytest.fixture
def movements(alice):
    """Movements of a day, booked in an order that their ids follow within a minute, one in five of them late."""
    chance = random.Random(7)  # noqa: S311, the same in every run
    products = [make_product(alice, name) for name in ("Cup", "Pot", "Tea")]
    for number in range(BOOKINGS):
        lines = [Line(by_id(products[number % 3].pk), MovementType.IN, number + 1)] * (1 + number % 2)
        book(draft=OperationDraft(by=alice, reason=Reason.OTHER), lines=lines)
    statements = []
    for number, operation in enumerate(Operation.objects.order_by("id")):
        recorded = START + (number // 3) * STEP + OUT_OF_ORDER[number % 3]
        happened = recorded - chance.choice(LATENESS)
        times = f"created_at = '{recorded}', occurred_at = '{happened}'"
        statements.append(f"UPDATE stock_operation SET {times} WHERE id = {operation.pk}")
    tamper(*statements)
    return list(Movement.objects.select_related("operation").order_by("-id"))


@pytest.fixture(params=[0, 5000], ids="at most {} rows one by one".format)
def few(request, monkeypatch):
    """However many rows are few, the answers are the same."""
    monkeypatch.setattr(timeline, "MAX_LATE", request.param)
    monkeypatch.setattr(levels, "MAX_OPERATIONS_LOOKED_UP", request.param)


def instants():
    """Before, in and after the day; on a row's very time, and between two."""
    return [START + STEP * part for part in (-100, 0, 5.5, 9, 100)]


def pages(client, address, **query):
    """The ids of all rows, page by page to the end, and back again."""
    found, answer = [], client.get(address, {**query, "page_size": 15}).json()
    while True:
        found.append([row["id"] for row in answer["results"]])
        if not answer["next"]:
            break
        answer = client.get(answer["next"]).json()
    back = [found[-1]]
    while answer["previous"]:
        answer = client.get(answer["previous"]).json()
        back.append([row["id"] for row in answer["results"]])
    assert [row for page in back[::-1] for row in page] == [row for page in found for row in page]
    return [row for page in found for row in page]


def matches(operation, span):
    """The filters as the contract says them: half-open."""
    return (
        span.get("after", operation.occurred_at) <= operation.occurred_at
        and not ("before" in span and operation.occurred_at >= span["before"])
        and span.get("recorded_after", operation.created_at) <= operation.created_at
        and not ("recorded_before" in span and operation.created_at >= span["recorded_before"])
    )


def spans():
    yield from ({name: instant} for name in timeline.Span._fields for instant in instants())
    yield from ({"after": first, "before": last} for first, last in zip(instants(), instants()[2:], strict=False))
    yield from ({"before": at, "recorded_before": at + STEP} for at in instants())
    yield from ({"before": at, "recorded_after": at - STEP, "after": at - 30 * STEP} for at in instants())


def query(span):
    return {name: instant.isoformat() for name, instant in span.items()}


def test_the_movements_of_a_span_are_those_of_its_operations(as_alice, movements, few):
    for span in spans():
        expected = [movement.pk for movement in movements if matches(movement.operation, span)]
        assert pages(as_alice, "/api/stock/", **query(span)) == expected, span


def test_so_are_those_of_a_product(as_alice, movements, few):
    product = movements[0].product_id
    for span in spans():
        ours = [movement for movement in movements if movement.product_id == product]
        expected = [movement.pk for movement in ours if matches(movement.operation, span)]
        assert pages(as_alice, f"/api/stock/history/{product}/", **query(span)) == expected, span


def test_so_are_the_operations(as_alice, movements, few):
    operations = Operation.objects.order_by("-id")
    for span in spans():
        expected = [operation.pk for operation in operations if matches(operation, span)]
        assert pages(as_alice, "/api/stock/operations/", **query(span)) == expected, span


def test_another_filter_beside_the_span_still_filters(as_alice, movements):
    span = {"before": START + 9 * STEP}
    product = movements[5].product_id
    expected = [m.pk for m in movements if m.product_id == product and matches(m.operation, span)]
    assert pages(as_alice, "/api/stock/", product=product, **query(span)) == expected


@pytest.mark.parametrize("clock", levels.CLOCKS)
def test_a_level_is_the_sum_of_what_was_there_by_the_instant(as_alice, movements, few, clock):
    for at in instants():
        answer = as_alice.get("/api/stock/levels/", {"as_of": at.isoformat(), "clock": clock})
        counted = [m for m in movements if clock_of(m.operation, clock) <= at]
        expected = dict.fromkeys((m.product_id for m in movements), 0)
        for movement in counted:
            expected[movement.product_id] += movement.new_quantity - movement.old_quantity
        assert {row["product"]: row["quantity"] for row in answer.json()["results"]} == expected, (at, clock)


def clock_of(operation, clock):
    return operation.occurred_at if clock == "occurred" else operation.created_at


def test_a_statement_opens_and_closes_with_the_balances_at_its_ends(as_alice, movements):
    product = movements[0].product_id
    ours = [movement for movement in movements[::-1] if movement.product_id == product]
    for start, end in zip(instants(), instants()[1:], strict=False):
        asked = {"from": start.isoformat(), "to": end.isoformat()}
        answer = as_alice.get(f"/api/products/{product}/statement/", asked).json()
        between = [m for m in ours if start <= m.operation.created_at < end]
        before = [m.new_quantity for m in ours if m.operation.created_at < start]
        assert [row["id"] for row in answer["movements"]] == [m.pk for m in between]
        assert answer["opening_balance"] == (before[-1] if before else 0)
        assert answer["closing_balance"] == (between[-1].new_quantity if between else answer["opening_balance"])


@pytest.mark.parametrize("address", ["/api/stock/", "/api/stock/operations/", "/api/stock/history/{}/"])
def test_an_account_without_movements_has_none_in_any_span(as_alice, alice, address):
    address = address.format(make_product(alice).pk)
    assert pages(as_alice, address, before="2026-01-01", recorded_after="2026-01-01") == []


def test_the_order_of_time_matters_to_the_bound(as_alice, movements, monkeypatch):
    """Negative control: without the minute that ids may be out of order, rows are missed."""
    monkeypatch.setattr(timeline, "LONGEST_BOOKING", timedelta())
    missed = []
    for span in ({"recorded_before": m.operation.created_at} for m in movements[:9]):
        expected = [m.pk for m in movements if matches(m.operation, span)]
        missed += [span] if pages(as_alice, "/api/stock/", **query(span)) != expected else []
    assert missed
