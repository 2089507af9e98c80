"""/api/reports/losses/: what counts have found missing, and what happened since the count before."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from desk.reports.tests.reporting import REPORTS, ago, book, read_csv, read_report, read_rows, reverse
from stock.models import Location, Movement, StockCount
from testing.browser import Browser
from testing.cast import make_product
from testing.sheets import OpenSheet

pytestmark = pytest.mark.check

YEAR = {"from": "2026-01-01", "to": "2026-12-31"}


@pytest.fixture
def tea(as_alice, alice):
    """Return a product of which 100 came in 60 days ago, each for 4.00."""
    product = make_product(alice, "Tea", sku="T", price="9.00", cost_price="4.00")
    book(as_alice, product, "IN", 100, ago(60), reason="purchase")
    return product


def count(client, product, counted, days, **place):
    """Count a product as it was this number of days ago, at most 30. Return the response."""
    line = {"product": product.pk, "counted": counted, "counted_at": ago(days).isoformat(), **place}
    answer = client.post("/api/stock/counts/", {"lines": [line]})
    assert answer.status_code == 201, answer.content
    return answer.json()


def list_windows(client, **query):
    """Return (name, units, value) of each row."""
    return [(row["name"], row["units"], row["value"]) for row in read_rows(client, "losses", **query)]


def read_moment(text):
    return datetime.fromisoformat(text)


# --- The windows ----------------------------------------------------------------------------------------------


def test_a_window_has_what_a_count_has_found_missing_since_the_count_before(as_alice, tea):
    count(as_alice, tea, 100, 20)
    operation = count(as_alice, tea, 97, 5)["operation"]
    first, last = StockCount.objects.order_by("pk")
    [row] = read_rows(as_alice, "losses")
    assert (row["product"], row["units"], row["lost"], row["found"], row["value"]) == (tea.pk, 3, 3, 0, "12.00")
    assert (row["count"], row["operation"], row["previous"]) == (last.pk, operation, first.pk)
    assert (read_moment(row["from"]), read_moment(row["to"])) == (first.counted_at, last.counted_at)


def test_the_first_window_begins_with_the_first_movement(as_alice, tea):
    count(as_alice, tea, 98, 5)
    [row] = read_rows(as_alice, "losses")
    assert row["previous"] is None
    assert read_moment(row["from"]) == Movement.objects.get(product=tea, sequence=1).operation.occurred_at


def test_a_window_has_what_happened_in_it(as_alice, as_bob, alice, bob, tea):
    till = as_alice.post("/api/tills/", {"name": "Kitchen"}).json()
    book(as_alice, tea, "OUT", 9, ago(25))  # before the window
    count(as_alice, tea, 91, 20)
    book(as_alice, tea, "IN", 20, ago(15), reason="purchase")
    book(as_bob, tea, "OUT", 2, ago(14))
    book(as_bob, tea, "OUT", 3, ago(13))
    undone = book(as_alice, tea, "OUT", 4, ago(12))
    reverse(as_alice, undone)  # now, after the window
    book(as_alice, tea, "OUT", 5, ago(11), reason="damage")
    count(as_alice, tea, 95, 10)
    book(as_alice, tea, "OUT", 8, ago(5))  # after the window
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["deliveries"]) == (2, {"number": 1, "units": 20})
    assert row["sales"] == [
        {"till": None, "till_name": None, "user": bob.pk, "username": "bob", "number": 2, "units": 5},
        {"till": None, "till_name": None, "user": alice.pk, "username": "alice", "number": 1, "units": 4},
    ]
    assert row["transfers"] == {"number": 0, "units_in": 0, "units_out": 0}
    assert row["others"] == [{"reason": "damage", "number": 1, "units": -5}]
    assert till


def test_a_sale_that_was_sent_late_is_in_the_window_in_which_it_happened(as_alice, tea):
    count(as_alice, tea, 95, 10)
    book(as_alice, tea, "OUT", 5, ago(12))
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], [sold["units"] for sold in row["sales"]]) == (5, [5])


def test_more_than_expected_is_a_window_below_zero(as_alice, tea):
    count(as_alice, tea, 103, 5)
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["lost"], row["found"], row["value"]) == (-3, 0, 3, "-12.00")


def test_a_count_that_matches_is_no_window_but_begins_one(as_alice, tea):
    count(as_alice, tea, 100, 9)
    assert list_windows(as_alice) == []
    count(as_alice, tea, 99, 8)
    assert read_rows(as_alice, "losses")[0]["previous"] == StockCount.objects.earliest("pk").pk


def test_a_reversed_count_does_not_count_until_its_reversal_is_reversed(as_alice, tea):
    first = booked = count(as_alice, tea, 90, 9)
    found = []
    for _ in range(3):
        found.append(list_windows(as_alice))
        booked = reverse(as_alice, booked if booked is not first else {"operation": first["operation"]})
    assert found == [[("Tea", 10, "40.00")], [], [("Tea", 10, "40.00")]]


def test_a_reversed_count_begins_no_window_and_did_not_happen_in_one(as_alice, tea):
    reverse(as_alice, count(as_alice, tea, 90, 9))
    count(as_alice, tea, 98, 0)
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["previous"], row["others"]) == (2, None, [])


def test_an_outdated_count_does_not_count(as_alice, tea):
    count(as_alice, tea, 98, 5)
    assert count(as_alice, tea, 90, 9)["lines"][0]["outdated"] is True
    assert list_windows(as_alice) == [("Tea", 2, "8.00")]
    assert read_rows(as_alice, "losses")[0]["previous"] is None


def test_a_late_count_shortens_no_later_window_of_the_same_goods(as_alice, tea):
    """It is outdated: it has booked nothing, so the later window keeps what was missing before it."""
    count(as_alice, tea, 95, 2)
    count(as_alice, tea, 97, 6)
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["previous"]) == (5, None)


def test_the_counts_of_a_sheet_are_windows(as_alice, as_bob, tea):
    sheet = OpenSheet(as_alice, tea)
    sheet.enter(tea, 96, as_bob)
    sheet.book()
    assert list_windows(as_alice) == [("Tea", 4, "16.00")]


def test_only_counts_of_the_period_are_windows(as_alice, tea):
    count(as_alice, tea, 98, 20)
    count(as_alice, tea, 97, 3)
    assert list_windows(as_alice, **{"from": ago(10).isoformat()}) == [("Tea", 1, "4.00")]
    assert list_windows(as_alice, **{"to": ago(10).isoformat()}) == [("Tea", 2, "8.00")]


# --- Places ---------------------------------------------------------------------------------------------------


@pytest.fixture
def placed(as_alice, tea, cellar):
    """Return a product with 100 pieces at no place and 50 in the cellar."""
    book(as_alice, tea, "IN", 50, ago(50), location="Cellar")
    return tea


def test_a_window_of_a_place_has_what_happened_there(as_alice, placed, cellar, shelf):
    book(as_alice, placed, "OUT", 4, ago(15), location="Cellar")
    book(as_alice, placed, "OUT", 10, ago(14))  # not from the cellar, which is taken from first: see below
    moved = {"from": "Cellar", "to": "Shelf", "lines": [{"product": placed.pk, "quantity": 6}]}
    assert as_alice.post("/api/stock/transfers/", {**moved, "occurred_at": ago(13).isoformat()}).status_code == 201
    left = Movement.objects.filter(product=placed).latest("sequence")
    assert left
    held = as_alice.get(f"/api/products/{placed.pk}/holdings/").json()["holdings"]
    in_cellar = sum(row["quantity"] for row in held if row["location"] == cellar.pk)
    count(as_alice, placed, in_cellar - 2, 5, location="Cellar")
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["location"], row["location_name"]) == (2, cellar.pk, "Cellar")
    assert row["transfers"] == {"number": 1, "units_in": 0, "units_out": 6}
    assert sum(sold["units"] for sold in row["sales"]) == 50 - 6 - in_cellar


def test_a_transfer_moves_all_of_a_product_and_changes_none(as_alice, placed, shelf):
    moved = {"from": "Cellar", "to": "Shelf", "lines": [{"product": placed.pk, "quantity": 6}]}
    as_alice.post("/api/stock/transfers/", {**moved, "occurred_at": ago(13).isoformat()})
    count(as_alice, placed, 149, 5)
    [row] = read_rows(as_alice, "losses")
    assert row["transfers"] == {"number": 1, "units_in": 6, "units_out": 6}


def test_a_count_of_the_whole_product_begins_the_window_of_a_place(as_alice, placed):
    count(as_alice, placed, 150, 9)
    count(as_alice, placed, 49, 5, location="Cellar")
    [row] = read_rows(as_alice, "losses")
    assert (row["units"], row["previous"]) == (1, StockCount.objects.earliest("pk").pk)


def test_a_count_of_a_place_begins_no_window_of_the_whole_product(as_alice, placed):
    count(as_alice, placed, 49, 9, location="Cellar")
    count(as_alice, placed, 147, 5)
    whole, place = read_rows(as_alice, "losses")
    assert (whole["units"], whole["previous"]) == (2, None)
    assert (place["units"], place["previous"]) == (1, None)


def test_two_places_of_one_product_in_an_operation_have_their_own_values(as_alice, placed, shelf):
    """The stock has two costs, so the value of each movement differs."""
    book(as_alice, placed, "IN", 10, ago(40), location="Shelf", unit_cost="7.00")
    lines = [
        {"product": placed.pk, "counted": 49, "location": "Cellar"},
        {"product": placed.pk, "counted": 12, "location": "Shelf"},
    ]
    operation = as_alice.post("/api/stock/counts/", {"lines": lines}).json()["operation"]
    booked = Movement.objects.filter(operation=operation).order_by("sequence")
    assert [movement.movement_type for movement in booked] == ["OUT", "IN"]
    found = {row["location_name"]: (row["units"], row["value"]) for row in read_rows(as_alice, "losses")}
    assert found == {"Cellar": (1, str(booked[0].value)), "Shelf": (-2, str(-booked[1].value))}
