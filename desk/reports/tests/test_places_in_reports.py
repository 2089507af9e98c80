"""Locations, lots and transfers in statements, histories, levels and reports."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from stock.reading.operations import describe_portions
from testing.cast.people import client_of, make_location, make_product
from testing.reading.browser import Browser
from testing.reading.workbook_cells import read_workbook
from testing.tables import all_cases


@pytest.fixture
def tea(alice, cellar, shelf):
    """Return a product with 5 of a lot in the cellar, 3 on the shelf and 2 at no place."""
    tea = make_product(alice, "Tea", 2, sku="TEA")
    book(alice, tea, "IN", 5, location="Cellar", lot="H26")
    book(alice, tea, "IN", 3, location="Shelf")
    return tea


def book(owner, product, movement_type, quantity, **fields):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, **fields}
    response = client_of(owner).post("/api/stock/", body)
    assert response.status_code == 201, response.content
    return response.json()


def move(owner, product, quantity, source, target, **fields):
    lines = [{"product": product.pk, "quantity": quantity}]
    body = {"from": source, "to": target, "lines": lines, **fields}
    response = client_of(owner).post("/api/stock/transfers/", body)
    assert response.status_code == 201, response.content
    return response.json()


def list_levels(client, **query):
    response = client.get("/api/stock/levels/", query)
    assert response.status_code == 200, response.content
    return [(row["name"], row["quantity"]) for row in response.json()["results"]]


# --- Where ----------------------------------------------------------------------------------------------------


def test_portions_are_described_by_location_and_lot():
    portions = [
        {"location_name": "Cellar", "lot_code": "H26", "quantity": 3},
        {"location_name": "Shelf", "lot_code": None, "quantity": 2},
        {"location_name": None, "lot_code": "X", "quantity": 1},
    ]
    assert describe_portions(portions) == "Cellar / H26: 3; Shelf: 2; X: 1"
    assert describe_portions(None) == ""


def test_a_statement_has_the_portions(as_alice, tea):
    rows = as_alice.get(f"/api/products/{tea.pk}/statement/").json()["movements"]
    assert [describe_portions(row["portions"]) for row in rows] == ["", "Cellar / H26: 5", "Shelf: 3"]


def test_the_files_of_a_statement_have_the_portions_as_text(as_alice, alice, tea):
    book(alice, tea, "OUT", 9)
    address = f"/api/products/{tea.pk}/statement/"
    expected = ["", "", "Cellar / H26: 5", "Shelf: 3", "Cellar / H26: 5; Shelf: 3", ""]
    rows = csv.DictReader(io.StringIO(as_alice.get(address, {"format": "csv"}).getvalue().decode()))
    assert [row["portions"] for row in rows] == expected
    header, *rows = read_workbook(as_alice.get(address, {"format": "xlsx"}).getvalue())
    assert header[-1] == "portions"
    assert ["".join(row[len(header) - 1 :]) for row in rows] == expected


@all_cases("address", ["/api/stock/", "/api/stock/history/{}/", "/api/products/{}/", "/api/products/{}/statement/"])
def test_the_pages_of_movements_say_where(alice, tea, address):
    assert "Cellar / H26: 5" in Browser(alice).get_page(address.format(tea.pk))


@all_cases("address", ["/api/stock/", "/api/stock/history/{}/", "/api/products/{}/statement/"])
def test_without_places_the_pages_have_no_such_column(alice, kettle, address):
    assert "Where" not in Browser(alice).get_page(address.format(kettle.pk))


# --- Levels ---------------------------------------------------------------------------------------------------


@all_cases("by", ["id", "name"])
def test_levels_of_a_location_are_what_lies_there(as_alice, alice, tea, cellar, by):
    make_product(alice, "Elsewhere", 9)
    assert list_levels(as_alice, location=cellar.pk if by == "id" else "cELLAR") == [("Tea", 5)]
    book(alice, tea, "OUT", 5, location="Cellar")
    assert list_levels(as_alice, location="Cellar") == []


@all_cases("clock", ["occurred", "recorded"])
def test_levels_of_a_location_at_an_instant(as_alice, alice, tea, cellar, clock):
    before = datetime.now(UTC).isoformat()
    move(alice, tea, 2, "Cellar", "Shelf")
    between = datetime.now(UTC).isoformat()
    book(alice, tea, "OUT", 4, location="Shelf")
    instants = {"Cellar": [5, 3, 3], "Shelf": [3, 5, 1]}
    for location, quantities in instants.items():
        found = [
            list_levels(as_alice, location=location, clock=clock, **query)
            for query in ({"as_of": before}, {"as_of": between}, {})
        ]
        assert found == [[("Tea", quantity)] for quantity in quantities]


def test_a_late_booking_counts_from_when_it_happened(as_alice, alice, tea):
    now = datetime.now(UTC)
    happened, between = (now - timedelta(hours=hours) for hours in (2, 1))
    jam = make_product(alice, "Jam")
    book(alice, jam, "IN", 4, location="Cellar", occurred_at=happened.isoformat())
    assert list_levels(as_alice, location="Cellar", as_of=between.isoformat()) == [("Jam", 4)]
    assert list_levels(as_alice, location="Cellar", as_of=between.isoformat(), clock="recorded") == []


def test_levels_of_a_location_have_pages(as_alice, alice, tea):
    book(alice, make_product(alice, "Jam"), "IN", 1, location="Cellar")
    page = as_alice.get("/api/stock/levels/", {"location": "Cellar", "page_size": 1}).json()
    assert (page["count"], [row["name"] for row in page["results"]]) == (2, ["Tea"])
    [row] = as_alice.get(page["next"]).json()["results"]
    assert (row["name"], row["quantity"]) == ("Jam", 1)


def test_the_location_of_another_shop_is_unknown(as_alice, charlie, tea):
    attic = make_location(charlie, "Attic")
    book(charlie, make_product(charlie, "Foreign"), "IN", 5, location="Attic")
    assert [list_levels(as_alice, location=location) for location in (attic.pk, "Attic", "Nowhere", 10**18)] == [[]] * 4


def test_the_page_of_levels_takes_a_location(alice, tea, cellar):
    page = Browser(alice).get_page(f"/api/stock/levels/?location={cellar.pk}")
    assert "Tea" in page
    assert 'name="location"' in page


# --- Transfers ------------------------------------------------------------------------------------------------


@all_cases("query", [{}, {"clock": "recorded"}])
def test_the_report_of_movements_leaves_transfers_out(as_alice, alice, tea, query):
    move(alice, tea, 2, "Cellar", "Shelf")
    [row] = as_alice.get("/api/reports/movements/", query).json()["results"]
    assert (row["quantity_in"], row["quantity_out"], row["movements"]) == (10, 0, 3)


def test_item_changes_leave_transfers_out(as_alice, alice, tea):
    changes = as_alice.get("/api/item-changes/").json()["results"]
    move(alice, tea, 2, "Cellar", "Shelf")
    assert as_alice.get("/api/item-changes/").json()["results"] == changes
    assert as_alice.get("/api/item-changes/", {"item": tea.pk}).json()["results"] == changes


def test_the_start_page_does_not_add_transfers(alice, tea):
    move(alice, tea, 2, "Cellar", "Shelf")
    assert "5 movements: 10 in, 0 out" in " ".join(Browser(alice).get_page("/api/").split())


@pytest.mark.quick
def test_a_transfer_does_not_end_the_idle_time(as_alice, alice, tea):
    long_ago = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    pot = make_product(alice, "Pot")
    book(alice, pot, "IN", 5, occurred_at=long_ago)
    move(alice, pot, 2, None, "Cellar")
    found = as_alice.get("/api/reports/idle/?days=10").json()["results"]
    assert [(row["name"], row["days_idle"]) for row in found] == [("Pot", 20)]
