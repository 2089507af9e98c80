"""The report of what is to be moved to which place."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Category
from stock.levels.reading import LowPlaces
from stock.levels.tests.leveled import REPORT, read_report, refill_from, set_level, stock
from stock.models import Location, Lot
from testing.cast.places import put_away
from testing.tables import all_cases

pytestmark = pytest.mark.django_db
NUMBERS = ("here", "low_at", "fill_to", "needed", "there", "suggested", "short")


@pytest.fixture
def van(alice):
    return Location.objects.create(owner=alice, name="Van")


@pytest.fixture
def refilled(alice, cellar, shelf):
    """Let the shelf be refilled from the cellar."""
    refill_from(alice, shelf, cellar)


@pytest.mark.quick
def test_a_row_has_its_published_fields(alice, as_bob, cellar, shelf, refilled):
    tea = stock(alice, "Tea", held=[(cellar, 200), (shelf, 2)], sku="TEA")
    set_level(alice, shelf, tea, 2, 12)
    [row] = as_bob.get(REPORT).json()["results"]
    assert row == {
        "location": shelf.pk, "location_name": "Shelf", "product": tea.pk, "name": "Tea", "sku": "TEA", "unit": "",
        "here": "2", "low_at": "2", "fill_to": "12", "needed": "10", "from": cellar.pk, "from_name": "Cellar",
        "there": "200", "suggested": "10", "short": "0", "decimals": 0,
    }  # fmt: skip


@pytest.mark.quick
@all_cases(
    ("here", "there", "own", "numbers"),
    [
        (3, 200, None, None),  # more than low_at
        (2, 200, None, ("2", "10", "200", "10", "0")),
        (0, 200, None, ("0", "12", "200", "12", "0")),
        (0, 5, None, ("0", "12", "5", "5", "7")),
        (0, 0, None, ("0", "12", "0", "0", "12")),
        (0, 20, (15, 30), ("0", "12", "5", "5", "7")),  # the source keeps its own low_at
        (0, 15, (15, 30), ("0", "12", "0", "0", "12")),
        (0, 10, (15, 30), ("0", "12", "0", "0", "12")),
    ],
)
def test_what_is_low_gets_what_the_source_can_spare(
    alice, as_alice, cellar, shelf, refilled, here, there, own, numbers
):
    places = [(place, number) for place, number in ((cellar, there), (shelf, here)) if number]
    tea = stock(alice, "Tea", held=places, rest=50)
    set_level(alice, shelf, tea, 2, 12)
    if own:
        set_level(alice, cellar, tea, *own)
    found = read_report(as_alice, "here", "needed", "there", "suggested", "short", location=shelf.pk)
    assert found == ([numbers] if numbers else [])


@pytest.mark.quick
def test_places_of_one_source_are_served_emptiest_first(alice, as_alice, cellar, shelf, van, refilled):
    kiosk = Location.objects.create(owner=alice, name="Kiosk")
    for place in (van, kiosk):
        refill_from(alice, place, cellar)
    tea = stock(alice, "Tea", held=[(cellar, 12), (shelf, 4), (van, 1), (kiosk, 2)])
    set_level(alice, shelf, tea, 4, 10)  # 4 of 4
    set_level(alice, van, tea, 4, 10)  # 1 of 4
    set_level(alice, kiosk, tea, 8, 12)  # 2 of 8
    found = read_report(as_alice, "location_name", "there", "suggested", "short")
    assert sorted(found) == [("Kiosk", "12", "3", "7"), ("Shelf", "12", "0", "6"), ("Van", "12", "9", "0")]
    assert read_report(as_alice, "there", "suggested", location=kiosk.pk) == [("12", "3")]  # filters change no number


def test_a_low_at_of_0_is_as_empty_as_can_be(alice, as_alice, cellar, shelf, van, refilled):
    refill_from(alice, van, cellar)
    tea = stock(alice, "Tea", held=[(cellar, 3)])
    set_level(alice, shelf, tea, 0, 2)
    set_level(alice, van, tea, 5, 9)
    assert read_report(as_alice, "location_name", "suggested") == [("Shelf", "2"), ("Van", "1")]  # by ids


def test_expired_lots_count_nowhere(alice, as_alice, cellar, shelf, refilled):
    today = alice.shop_today()
    tea = stock(alice, "Tea", rest=100)
    old, good = (
        Lot.objects.create(owner=alice, product=tea, code=code, expires_on=day)
        for code, day in (("old", today - timedelta(days=1)), ("today", today))
    )
    for place, lot, quantity in ((shelf, old, 9), (shelf, good, 1), (cellar, old, 50), (cellar, good, 4)):
        put_away(tea, quantity, location=place, lot=lot)
    set_level(alice, shelf, tea, 2, 12)
    assert read_report(as_alice, *NUMBERS) == [("1", "2", "12", "11", "4", "4", "7")]


def test_what_lies_nowhere_refills_a_place(alice, as_alice, cellar, shelf):
    refill_from(alice, shelf, "none")
    tea = stock(alice, "Tea", held=[(cellar, 30)], rest=5)
    lot = Lot.objects.create(owner=alice, product=tea, code="H26")
    gone = Lot.objects.create(owner=alice, product=tea, code="H20", expires_on="2020-01-01")
    put_away(tea, 2, lot=lot)
    put_away(tea, 1, lot=gone)  # of the five, two are in a lot, and one has expired
    set_level(alice, shelf, tea, 2, 12)
    found = read_report(as_alice, "from", "from_name", "there", "suggested")
    assert found == [("none", None, "4", "4")]
    moved = {"from": None, "to": shelf.pk, "lines": [{"product": tea.pk, "quantity": 4}]}
    assert as_alice.post("/api/stock/transfers/", moved, format="json").status_code == 201


def test_amounts_have_the_decimals_of_the_product(alice, as_alice, cellar, shelf, refilled):
    flour = stock(alice, "Flour", held=[(cellar, 4500), (shelf, 250)], decimals=3, unit="kg")
    set_level(alice, shelf, flour, "0.25", "2.5")
    assert read_report(as_alice, *NUMBERS, "unit") == [
        ("0.250", "0.250", "2.500", "2.250", "4.500", "2.250", "0.000", "kg")
    ]
    content = b"".join(as_alice.get(REPORT, {"format": "csv"}).streaming_content).decode()
    assert "kg,0.250,0.250,2.500,2.250," in content
    assert f",{cellar.pk},Cellar,4.500,2.250,0.000" in content


@all_cases("what", ["source", "place", "product", "level", "stock"])
def test_what_is_archived_counts_for_nothing(alice, as_alice, cellar, shelf, refilled, what):
    tea = stock(alice, "Tea", rest=9)
    set_level(alice, shelf, tea, 2, 12)
    set_level(alice, cellar, tea, 1, 2)
    archived = {"source": f"locations/{cellar.pk}", "place": f"locations/{shelf.pk}", "product": f"products/{tea.pk}"}
    if what in archived:
        as_alice.delete(f"/api/{archived[what]}/")
    elif what == "level":
        set_level(alice, cellar, tea, 0, 1)
    elif what == "stock":
        as_alice.post("/api/stock/counts/", {"lines": [{"product": tea.pk, "counted": 0}]}, format="json")
        assert as_alice.patch(f"/api/products/{tea.pk}/", {"keeps_stock": False}).status_code == 200
    names = ("location_name", "from", "there", "suggested", "short")
    expected = {
        "source": [("Shelf", None, None, None, "12")],
        "place": [("Cellar", None, None, None, "2")],
        "level": [("Shelf", cellar.pk, "0", "0", "12"), ("Cellar", None, None, None, "1")],
    }
    assert read_report(as_alice, *names) == expected.get(what, [])


@all_cases(
    ("query", "names"),
    [
        ({}, ["Cup", "Tea", "Tea"]),
        ({"location": "SHELF"}, ["Cup", "Tea"]),
        ({"location": "shelf", "category": "teas"}, ["Tea"]),
        ({"category": "teas"}, ["Tea", "Tea"]),
        ({"from": "cellar"}, ["Cup", "Tea"]),
        ({"from": "cellar_id"}, ["Cup", "Tea"]),
        ({"from": "none"}, ["Tea"]),
        ({"from": "van"}, []),
    ],
)
def test_filters_choose_rows(alice, as_alice, cellar, shelf, van, refilled, query, names):
    refill_from(alice, van, "none")
    tea = stock(alice, "Tea", held=[(cellar, 5)])
    tea.category = Category.objects.create(owner=alice, name="Teas")
    tea.save(update_fields=["category"])
    cup = stock(alice, "Cup", held=[(cellar, 5)])
    set_level(alice, shelf, tea, 2, 4)
    set_level(alice, shelf, cup, 2, 4)
    set_level(alice, van, tea, 2, 4)
    asked = {name: cellar.pk if value == "cellar_id" else value for name, value in query.items()}
    assert sorted(name for (name,) in read_report(as_alice, "name", **asked)) == names


def test_reservations_and_the_threshold_change_nothing(alice, as_alice, cellar, shelf, refilled):
    tea = stock(alice, "Tea", held=[(cellar, 5)])
    set_level(alice, shelf, tea, 2, 4)
    as_alice.post("/api/stock/reservations/", {"lines": [{"product": tea.pk, "quantity": 5}]}, format="json")
    as_alice.patch(f"/api/products/{tea.pk}/", {"min_threshold": 4})
    assert read_report(as_alice, "there", "suggested") == [("5", "4")]
    assert as_alice.get("/api/products/", {"low_stock": "true"}).json()["count"] == 0


def test_others_see_nothing_of_it(alice, as_charlie, as_dora, cellar, shelf, refilled):
    set_level(alice, shelf, stock(alice, "Tea", held=[(cellar, 5)]), 2, 4)
    assert read_report(as_charlie, "name") == []
    assert as_dora.get(REPORT).status_code in (200, 403)
    assert as_charlie.get(REPORT, {"location": shelf.pk}).json()["count"] == 0


def test_the_report_is_one_statement_and_a_booking_has_none_more(alice, as_alice, cellar, shelf, refilled):
    tea = stock(alice, "Tea", held=[(cellar, 50)])
    sale = {"reason": "sale", "lines": [{"product": tea.pk, "movement_type": "OUT", "quantity": 1}]}

    def count(*request, **options):
        with CaptureQueriesContext(connection) as seen:
            assert as_alice.generic(*request, **options).status_code < 300
        return [one["sql"] for one in seen]

    def book():
        return len(count("POST", "/api/stock/operations/", json.dumps(sale), content_type="application/json"))

    book()
    before = book()
    set_level(alice, shelf, tea, 2, 4)
    assert book() == before
    statements = [one for one in count("GET", REPORT) if "levels_level" in one]
    assert len(statements) == 1


def test_places_are_counted_for_what_is_to_be_done(alice, cellar, shelf, van):
    cups = [stock(alice, f"Cup {n}", held=[(cellar, 5)]) for n in range(3)]
    for cup in cups:
        set_level(alice, shelf, cup, 2, 4)
    set_level(alice, van, cups[0], 2, 4)
    set_level(alice, cellar, cups[0], 2, 4)
    assert [(one.name, one.number) for one in LowPlaces().list_places(alice)] == [("Shelf", 3), ("Van", 1)]
