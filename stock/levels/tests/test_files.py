"""Levels as files, and their import."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stock.levels.models import Level
from stock.levels.tests.leveled import set_level
from stock.models import Location
from testing.cast.people import make_location, make_product
from testing.reading.streamed import read_in_parts
from testing.tables import all_cases

pytestmark = pytest.mark.django_db
URL = "/api/levels/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", sku="TEA", external_id="T-1")


@pytest.fixture
def flour(alice):
    return make_product(alice, "Flour", sku="FLOUR", decimals=3, unit="kg")


def send(client, text, **query):
    return client.post(f"{URL}import/", text, content_type="text/csv", query_params=query)


def list_levels():
    rows = Level.objects.order_by("location__name", "product__name")
    return [tuple(row) for row in rows.values_list("location__name", "product__name", "low_at", "fill_to")]


def test_the_file_that_the_list_writes_changes_nothing(alice, as_alice, shelf, cellar, tea, flour):
    set_level(alice, shelf, tea, 2, 12)
    set_level(alice, cellar, flour, "0.5", "2")
    content = b"".join(as_alice.get(URL, {"format": "csv"}).streaming_content)
    assert content.decode("utf-8-sig").splitlines()[0] == ("location,name,sku,barcode,external_id,low_at,fill_to,unit")
    assert "Cellar,Flour,FLOUR,,,0.500,2.000,kg" in content.decode()
    imported = send(as_alice, content)
    assert (imported.status_code, imported.json()["unchanged"]) == (200, 2), imported.json()


def test_the_file_has_no_level_of_a_product_that_keeps_no_stock_any_more(alice, as_alice, shelf, cellar, tea, flour):
    set_level(alice, shelf, tea, 2, 12)
    set_level(alice, cellar, flour, "0.5", "2")
    assert as_alice.patch(f"/api/products/{tea.pk}/", {"keeps_stock": False}).status_code == 200
    content = b"".join(as_alice.get(URL, {"format": "csv"}).streaming_content)
    imported = send(as_alice, content)
    assert (imported.status_code, imported.json()["unchanged"]) == (200, 1), imported.json()
    assert as_alice.get(URL).json()["results"][0]["product"] == flour.pk


@pytest.mark.quick
def test_only_what_a_file_names_is_set(alice, as_alice, shelf, cellar, tea, flour):
    set_level(alice, shelf, tea, 2, 12)
    set_level(alice, shelf, flour, 1, 2)
    set_level(alice, cellar, tea, 5, 6)
    text = "location,sku,external id,low at,fill to\nshelf,,t-1,3,9\nCellar,flour,,0.25,1.5\ncellar,TEA,,,\n"
    checked = send(as_alice, text, dry_run="true").json()
    assert list_levels()[0] == ("Cellar", "Tea", 5, 6)
    imported = send(as_alice, text).json()
    assert {**checked, "dry_run": False} == imported
    assert [(one["line"], one["name"], one["change"]) for one in imported["levels"]] == [
        (2, "Tea", "updated"), (3, "Flour", "created"), (4, "Tea", "updated"),
    ]  # fmt: skip
    assert list_levels() == [
        ("Cellar", "Flour", 250, 1500), ("Shelf", "Flour", 1000, 2000), ("Shelf", "Tea", 3, 9),
    ]  # fmt: skip


@all_cases(
    ("row", "column"),
    [
        ("Attic,TEA,1,2", "location"),  # another shop has one
        (",TEA,1,2", "location"),
        ("Shelf,,1,2", "sku"),
        ("Shelf,NONE,1,2", "sku"),
        ("Shelf,FLOUR,1,2", "sku"),  # it is in the file already
        ("Shelf,TEA,1,", "fill_to"),
        ("Shelf,TEA,,1", "low_at"),
        ("Shelf,TEA,2,2", "fill_to"),
        ("Shelf,TEA,0.5,2", "fill_to"),
        ("Shelf,TEA,x,2", "low_at"),
    ],
)
def test_a_wrong_row_refuses_the_whole_file(as_alice, charlie, shelf, tea, flour, row, column):
    make_location(charlie, "Attic")
    refused = send(as_alice, f"location,sku,low_at,fill_to\nShelf,FLOUR,1,2\n{row}\n")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_rows")
    assert [(one["line"], one["column"]) for one in refused.json()["rows"]] == [(3, column)]
    assert not Level.objects.exists()


def test_workers_import_no_levels(as_bob, shelf, tea):
    assert send(as_bob, "location,sku,low_at,fill_to\nShelf,TEA,1,2\n").status_code == 403


def test_a_workbook_can_be_saved(alice, as_alice, shelf, tea):
    set_level(alice, shelf, tea, 2, 12)
    answer = as_alice.get(URL, {"format": "xlsx"})
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"PK")


def test_a_file_is_written_without_holding_all_rows(alice, as_alice, shelf, tea, monkeypatch):
    set_level(alice, shelf, tea, 2, 12)
    assert b"TEA" in read_in_parts(as_alice, URL, Level, monkeypatch)


def test_a_file_of_many_places_takes_as_many_statements_as_one_of_two(alice, as_alice, tea):
    def count(number):
        Location.objects.bulk_create(Location(owner=alice, name=f"Bin {number}-{n}") for n in range(number))
        rows = "".join(f"Bin {number}-{n},TEA,1,{n + 2}\n" for n in range(number))
        with CaptureQueriesContext(connection) as seen:
            assert send(as_alice, f"location,sku,low_at,fill_to\n{rows}").json()["created"] == number
        return len(seen)

    assert count(2) == count(20)
    changes = as_alice.get("/api/changes/", {"field": "levels"}).json()["results"]
    assert changes[0]["changes"]["levels"] == [[], ["Tea: 1 – 21"]]
