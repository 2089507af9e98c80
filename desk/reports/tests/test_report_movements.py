"""/api/reports/movements/: quantities in and out, per day and product."""

import random
from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest

from core.time_zones import today
from desk.reports.tests.reporting import ago, book, read_rows, reverse
from products.models import Category
from stock.models import Movement
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.purchasing.demand import DEFAULT_DAYS, MAX_DAYS

MAY = {"from": "2026-05-01", "to": "2026-06-01"}


@pytest.fixture
def cup(alice):
    """Return a product with a hundred pieces, booked now."""
    return make_product(alice, "Cup", 100, sku="CUP", category=Category.objects.create(owner=alice, name="Crockery"))


def list_numbers(client, **query):
    """Return (day, product, in, out, net, number of movements) of each row."""
    columns = ("day", "product", "quantity_in", "quantity_out", "net", "movements")
    return [tuple(row[column] for column in columns) for row in read_rows(client, "movements", page_size=100, **query)]


def test_there_is_a_row_for_each_day_and_product(as_alice, cup, kettle):
    for movement_type, quantity, at in [("IN", 7, "03T08:00"), ("OUT", 2, "03T21:00"), ("OUT", 4, "05T08:00")]:
        book(as_alice, cup, movement_type, quantity, f"2026-05-{at}:00Z")
    book(as_alice, kettle, "OUT", 3, "2026-05-05T09:00:00Z")
    assert read_rows(as_alice, "movements", **MAY)[0] == {
        "day": "2026-05-03", "product": cup.pk, "name": "Cup", "sku": "CUP",
        "quantity_in": 7, "quantity_out": 2, "net": 5, "movements": 2, "unit": "", "decimals": 0,
    }  # fmt: skip
    assert list_numbers(as_alice, **MAY) == [
        ("2026-05-03", cup.pk, 7, 2, 5, 2),
        *sorted([("2026-05-05", cup.pk, 0, 4, -4, 1), ("2026-05-05", kettle.pk, 0, 3, -3, 1)]),
    ]


def sum_movements(column):
    """Return the net quantities and the numbers of movements per day and product, computed from the movements."""
    sums = Counter()
    for movement in Movement.objects.select_related("operation"):
        day = getattr(movement.operation, column).astimezone(UTC).date().isoformat()
        sums[day, movement.product_id] += movement.new_quantity - movement.old_quantity
        sums[day, movement.product_id, "movements"] += 1
    return sums


@all_cases(("clock", "column"), [("occurred", "occurred_at"), ("recorded", "created_at")])
def test_the_days_add_up_to_the_ledger(as_alice, kettle, cup, clock, column):
    choose = random.Random(7)  # noqa: S311
    for _ in range(25):
        at = ago(choose.randrange(20), minutes=choose.randrange(1440))
        book(as_alice, choose.choice([kettle, cup]), choose.choice(["IN", "OUT"]), 1, at, reason="other")
    as_alice.post("/api/stock/counts/", {"lines": [{"product": cup.pk, "counted": 5}]})
    reverse(as_alice, book(as_alice, kettle, "OUT", 1))
    found = list_numbers(as_alice, clock=clock)
    wanted = sum_movements(column)
    assert {(day, product): net for day, product, _, _, net, _ in found} == {
        k: v for k, v in wanted.items() if len(k) == 2
    }
    assert all(into - out == net for _, _, into, out, net, _ in found)
    assert {(day, product, "movements"): number for day, product, *_, number in found}.items() <= wanted.items()


@all_cases(
    ("at", "day"),
    [("2026-05-04T00:00:00Z", 4), ("2026-05-04T23:59:59.999999Z", 4), ("2026-05-04T23:30:00-02:00", 5),
     ("2026-05-05T01:00:00+02:00", 4)],
)  # fmt: skip
def test_days_are_in_utc(as_alice, kettle, at, day):
    book(as_alice, kettle, "OUT", 1, at)
    assert [row[0] for row in list_numbers(as_alice, **MAY)] == [f"2026-05-0{day}"]


def test_the_period_includes_from_and_excludes_to(as_alice, kettle):
    for day in ("04-30T23:59:59Z", "05-01T00:00:00Z", "05-31T23:59:59Z", "06-01T00:00:00Z"):
        book(as_alice, kettle, "OUT", 1, f"2026-{day}")
    assert [row[0] for row in list_numbers(as_alice, **MAY)] == ["2026-05-01", "2026-05-31"]
    part = {"from": "2026-05-31T12:00:00Z", "to": "2026-05-31T13:00:00Z"}
    assert list_numbers(as_alice, **part) == []


@all_cases("end", ["2026-05-01", "2026-06-01"])
def test_refuses_a_period_whose_end_is_not_after_its_start(as_alice, end):
    answer = as_alice.get("/api/reports/movements/", {"from": "2026-06-01", "to": end})
    assert (answer.status_code, answer.json()) == (400, {"to": ["This must be later than from."]})


def test_the_default_period_is_the_last_thirty_days_including_today(as_alice, kettle):
    first = datetime.combine(today(), time(), UTC) - timedelta(days=DEFAULT_DAYS - 1)
    for at in (first - timedelta(microseconds=1), first):
        book(as_alice, kettle, "OUT", 1, at)
    assert [row[0] for row in list_numbers(as_alice)] == [first.date().isoformat(), today().isoformat()]
    assert DEFAULT_DAYS == 30


def test_with_only_an_end_the_period_is_the_thirty_days_before(as_alice, kettle):
    for day in ("2026-05-01", "2026-05-02", "2026-05-31", "2026-06-01"):
        book(as_alice, kettle, "OUT", 1, day)
    assert [row[0] for row in list_numbers(as_alice, to="2026-06-01")] == ["2026-05-02", "2026-05-31"]


def test_a_late_booking_is_on_the_day_of_the_selected_clock(as_alice, kettle):
    book(as_alice, kettle, "OUT", 2, "2026-05-04")
    assert list_numbers(as_alice, **MAY) == [("2026-05-04", kettle.pk, 0, 2, -2, 1)]
    assert list_numbers(as_alice, **MAY, clock="recorded") == []
    assert list_numbers(as_alice, clock="recorded") == [(today().isoformat(), kettle.pk, 10, 2, 8, 2)]


def test_can_be_filtered_by_product_and_category(as_alice, kettle, cup):
    by_name = {"category": "CROCKERY"}
    for query in ({"product": cup.pk}, {"category": cup.category_id}, by_name, {**by_name, "product": cup.pk}):
        assert list_numbers(as_alice, **query) == [(today().isoformat(), cup.pk, 100, 0, 100, 1)]
    assert list_numbers(as_alice, category="crockery", product=kettle.pk) == []
    assert list_numbers(as_alice, category="9" * 19) == list_numbers(as_alice, category="nothing") == []


def test_includes_archived_products_and_shows_the_current_name(as_alice, kettle):
    before = list_numbers(as_alice)
    as_alice.patch(f"/api/products/{kettle.pk}/", {"name": "Pot"})
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert (list_numbers(as_alice), read_rows(as_alice, "movements")[0]["name"]) == (before, "Pot")


def test_the_longest_period_is_a_leap_year(as_alice, kettle):
    book(as_alice, kettle, "OUT", 1, "2024-01-01")
    assert MAX_DAYS == 366
    assert len(list_numbers(as_alice, **{"from": "2024-01-01", "to": "2025-01-01"})) == 1
    for query in ({"from": "2024-01-01", "to": "2025-01-01T00:00:01Z"}, {"from": "2024-01-01"}):
        answer = as_alice.get("/api/reports/movements/", query)
        assert (answer.status_code, list(answer.json())) == (400, ["from"])


def test_rows_are_paged_and_ordered_by_day_and_product(as_alice, alice):
    products = [make_product(alice, f"P{number}", 5) for number in range(7)]
    for product in products:
        book(as_alice, product, "OUT", 1, ago(3))
    everything = list_numbers(as_alice)
    assert everything == sorted(everything)
    first = as_alice.get("/api/reports/movements/", {"page_size": 5}).json()
    assert list(first) == ["count", "next", "previous", "results", "totals", "from", "to"]
    second, third = (as_alice.get("/api/reports/movements/", {"page_size": 5, "page": n}).json() for n in (2, 3))
    assert first["next"].endswith("page=2&page_size=5")
    assert (first["previous"], second["previous"] is None, third["next"]) == (None, False, None)
    found = [row["product"] for page in (first, second, third) for row in page["results"]]
    assert found == [product.pk for product in products] * 2
    assert {page["count"] for page in (first, second, third)} == {14}
