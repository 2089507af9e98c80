"""/api/reports/idle/: products without movement for a number of days, the longest idle first."""

from decimal import Decimal

import pytest

from core.database.replicas import read
from desk.reports.idle import COUNT_IDLE
from desk.reports.tests.reporting import ago, book, read_rows, reverse
from products.models import Category, Product
from testing.cast.people import make_product
from testing.tables import all_cases
from users.models import User


def list_idle(client, **query):
    """Return (name, days idle) of each row. The page Overview must count as many, with the same value."""
    rows = read_rows(client, "idle", **query)
    if query.keys() <= {"days"}:
        period = {"owner": User.objects.get(username="alice").pk, "instant": ago(query.get("days", 30))}
        assert [*read(COUNT_IDLE, period)] == [(len(rows), sum(Decimal(row["value_at_price"]) for row in rows))]
    return [(row["name"], row["days_idle"]) for row in rows]


@pytest.fixture
def pot(alice):
    """Return a product that was created 50 days ago and never moved. The others here are not idle."""
    pot, gone = (make_product(alice, name) for name in ("Pot", "Gone"))
    make_product(alice, "Visit", keeps_stock=False)
    Product.objects.filter(owner=alice).update(created_at=ago(50))
    Product.objects.filter(pk=gone.pk).update(archived_at=ago(10))
    make_product(alice, "New")
    return pot


@pytest.fixture
def cup(as_alice, alice):
    """Return a product with eight pieces, delivered 40 days ago."""
    cup = make_product(alice, "Cup", sku="CUP", price="2.50", category=Category.objects.create(owner=alice, name="Tea"))
    book(as_alice, cup, "IN", 8, ago(40))
    return cup


def test_a_row_contains_the_last_movement_and_the_value(as_alice, cup, kettle):
    [row] = read_rows(as_alice, "idle")
    at = row.pop("last_movement_at")
    assert row == {
        "product": cup.pk, "name": "Cup", "sku": "CUP", "quantity": 8, "days_idle": 40, "value_at_price": "20.00",
        "unit": "", "decimals": 0,
    }  # fmt: skip
    assert at == as_alice.get("/api/stock/", {"product": cup.pk}).json()["results"][0]["occurred_at"]


@pytest.mark.quick
def test_the_newest_of_several_movements_is_the_last_but_for_transfers(as_alice, cup, pot, cellar):
    for days in (35, 39):
        book(as_alice, cup, "OUT", 1, ago(days))
    moved = {"from": None, "to": cellar.pk, "lines": [{"product": cup.pk, "quantity": 6}]}
    assert as_alice.post("/api/stock/transfers/", moved).status_code == 201
    assert list_idle(as_alice) == [("Pot", 50), ("Cup", 35)]


def test_rows_are_ordered_by_idle_time_which_may_begin_at_creation(as_alice, cup, pot, kettle):
    assert list_idle(as_alice) == [("Pot", 50), ("Cup", 40)]
    assert read_rows(as_alice, "idle")[0]["last_movement_at"] is None


@all_cases(("days", "found"), [(1, 2), (40, 2), (41, 1), (50, 1), (51, 0), (3660, 0)])
def test_a_product_is_idle_after_the_given_number_of_days(as_alice, cup, pot, kettle, days, found):
    assert len(list_idle(as_alice, days=days)) == found


def test_the_default_is_thirty_days(as_alice, alice, cup):
    for days in (29, 30):
        book(as_alice, make_product(alice, f"Of {days} days"), "IN", 1, ago(days))
    assert list_idle(as_alice) == list_idle(as_alice, days=30) == [("Cup", 40), ("Of 30 days", 30)]


def test_only_a_movement_ends_the_idle_time(as_alice, cup, pot):
    as_alice.patch(f"/api/products/{cup.pk}/", {"name": "Mug"})
    as_alice.post("/api/stock/counts/", {"lines": [{"product": cup.pk, "counted": 8}]})
    assert list_idle(as_alice) == [("Pot", 50), ("Mug", 40)]
    as_alice.post("/api/stock/counts/", {"lines": [{"product": cup.pk, "counted": 7}]})
    assert list_idle(as_alice) == [("Pot", 50)]
    reverse(as_alice, book(as_alice, pot, "IN", 1, ago(45)))
    assert list_idle(as_alice) == []


def test_idle_time_depends_on_when_movements_happened_not_on_their_order(as_alice, cup, kettle):
    book(as_alice, cup, "OUT", 1, ago(33))
    book(as_alice, cup, "OUT", 1, ago(36))
    book(as_alice, kettle, "OUT", 1, ago(90))
    assert list_idle(as_alice) == [("Cup", 33)]


def test_can_be_filtered_by_product_and_category(as_alice, cup, pot):
    for query in ({"product": cup.pk}, {"category": "tea"}, {"category": cup.category_id}):
        assert list_idle(as_alice, **query) == [("Cup", 40)]
    assert list_idle(as_alice, product=pot.pk, category="tea") == []
