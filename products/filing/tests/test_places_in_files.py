"""Locations and lots in the files of the export and the import."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from products.filing.columns import PLACE_COLUMN_NAMES
from products.filing.tests.exporting import EXPORT_COLUMN_NAMES
from products.filing.tests.importing import ADDRESS, find_bad_rows, import_counts, upload
from products.models import Product
from stock.models import Holding, Lot, Movement
from stock.proofs.verification import find_breaks
from testing.cast.people import make_location, make_product

HEADER = "name,price,quantity,location,lot,expires_on\n"


@pytest.fixture
def shelves(alice):
    return make_location(alice, "Cellar"), make_location(alice, "Shelf, top")


@pytest.fixture
def tea(as_alice, alice, shelves):
    """Return a product with 2 at no place, 3 in the cellar, 4 and 5 of a lot in two places, and 6 of a lot at no
    location.
    """
    tea = make_product(alice, "Tea", 2, sku="TEA", price="4.00", expiration_date="2031-01-01")
    for quantity, place in [
        (3, {"location": "Cellar"}),
        (4, {"location": "Cellar", "lot": "H26", "expires_on": "2030-05-01"}),
        (5, {"location": "Shelf, top", "lot": "H26"}),
        (6, {"lot": "=X1"}),
    ]:
        body = {"product": tea.pk, "movement_type": "IN", "quantity": quantity, **place}
        assert as_alice.post("/api/stock/", body).status_code == 201
    return tea


def read_export(client, **query):
    """Return the rows of the export by holding, as quantity, location, lot and date."""
    content = client.get("/api/products/export/", {"by": "holding", "csv": "standard", **query}).getvalue().decode()
    rows = csv.DictReader(io.StringIO(content))
    assert tuple(rows.fieldnames) == (*EXPORT_COLUMN_NAMES, *PLACE_COLUMN_NAMES)
    return [(row["name"], row["quantity"], row["location"], row["lot"], row["expires_on"]) for row in rows]


def list_holdings(product):
    """Return the holdings, and the quantity that is not held."""
    product.refresh_from_db()
    assert find_breaks(product.owner_id) == []
    rows = Holding.objects.filter(product=product).values_list("location__name", "lot__code", "quantity")
    return {**{row[:2]: row[2] for row in rows}, (None, None): product.quantity - product.held}


STOCKED = {("Cellar", None): 3, ("Cellar", "H26"): 4, ("Shelf, top", "H26"): 5, (None, "=X1"): 6, (None, None): 2}


# --- Export -------------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_the_export_by_holding_has_a_row_for_each_and_for_the_rest(as_alice, alice, tea):
    make_product(alice, "Kettle")
    assert read_export(as_alice) == [
        ("Tea", "4", "Cellar", "H26", "2030-05-01"),
        ("Tea", "3", "Cellar", "", ""),
        ("Tea", "5", "Shelf, top", "H26", "2030-05-01"),
        ("Tea", "6", "", "'=X1", ""),
        ("Tea", "2", "", "", ""),
        ("Kettle", "0", "", "", ""),
    ]


def test_a_product_that_lies_in_places_alone_has_no_row_for_the_rest(as_alice, alice, shelves):
    jam = make_product(alice, "Jam")
    as_alice.post("/api/stock/", {"product": jam.pk, "movement_type": "IN", "quantity": 2, "location": "Cellar"})
    assert read_export(as_alice) == [("Jam", "2", "Cellar", "", "")]


def test_the_export_has_only_the_own_places(as_alice, as_charlie, alice, charlie, tea):
    make_product(charlie, "Cup", 3)
    assert read_export(as_charlie) == [("Cup", "3", "", "", "")]


def test_another_kind_of_row_is_refused(as_alice):
    response = as_alice.get("/api/products/export/", {"by": "lot"})
    assert response.status_code == 400
    assert response.json()["by"] == ['"lot" is not one of product, holding.']


def test_the_export_by_holding_takes_as_many_statements(as_alice, tea, django_assert_num_queries):
    with django_assert_num_queries(4):  # the user, the columns, a batch, and the batch after the last one
        as_alice.get("/api/products/export/").getvalue()
    with django_assert_num_queries(4):
        as_alice.get("/api/products/export/", {"by": "holding"}).getvalue()


@pytest.mark.parametrize("query", ["", "&csv=european", "&format=xlsx"])
def test_the_import_reads_the_export_by_holding_and_changes_nothing(as_alice, alice, tea, query):
    make_product(alice, "Kettle", 3)
    before, movements = list(Product.objects.order_by("id").values()), Movement.objects.count()
    content = as_alice.get(f"/api/products/export/?by=holding{query}").getvalue()
    file = SimpleUploadedFile("products", content, "application/octet-stream")
    response = as_alice.post(ADDRESS, {"file": file}, format="multipart").json()
    counts = {name: response[name] for name in ("created", "updated", "unchanged", "operation")}
    assert counts == {"created": 0, "updated": 0, "unchanged": 2, "operation": None}
    assert list(Product.objects.order_by("id").values()) == before
    assert Movement.objects.count() == movements
    assert list_holdings(tea) == STOCKED


@pytest.mark.parametrize("is_reused", [False, True])
def test_a_place_that_was_renamed_since_the_export_is_the_same(as_alice, alice, tea, shelves, is_reused):
    content = as_alice.get("/api/products/export/?by=holding").getvalue()
    lot = Lot.objects.get(code="H26")
    assert as_alice.patch(f"/api/lots/{lot.pk}/", {"code": "H27"}).status_code == 200
    assert as_alice.patch(f"/api/locations/{shelves[0].pk}/", {"name": "Store"}).status_code == 200
    if is_reused:
        make_location(alice, "Cellar")
    before = list_holdings(tea)
    file = SimpleUploadedFile("products", content, "application/octet-stream")
    response = as_alice.post(f"{ADDRESS}?create_missing=true", {"file": file}, format="multipart").json()
    assert (response["unchanged"], response["operation"]) == (1, None)
    assert list_holdings(tea) == before


# --- Import -------------------------------------------------------------------------------------------------


def test_rows_of_one_product_set_its_places(as_alice, alice, tea):
    text = f"{HEADER}Tea,4.00,1,cellar,,\nTea,4.00,9,,h26,2030-05-01\nTea,4.00,7,Cellar,NEW,2032-01-01\nTea,4.00,0,,,\n"
    assert import_counts(as_alice, text) == {"created": 0, "updated": 1, "unchanged": 0}
    assert list_holdings(tea) == {
        **STOCKED, ("Cellar", None): 1, (None, "H26"): 9, ("Cellar", "NEW"): 7, (None, None): 0,
    }  # fmt: skip
    assert str(Lot.objects.get(code="NEW").expires_on) == "2032-01-01"


def test_a_new_product_is_created_once_with_all_its_places(as_alice, alice, shelves):
    text = f"{HEADER}Jam,2.00,3,Cellar,A,2030-01-01\nJam,2.00,4,,,\nCup,1.00,5,,,\njam,2.00,6,,A,\n"
    assert find_bad_rows(as_alice, text) == [(5, "name")]
    text = text.replace("jam", "Jam")
    assert import_counts(as_alice, text) == {"created": 2, "updated": 0, "unchanged": 0}
    jam = Product.objects.get(name="Jam")
    assert list_holdings(jam) == {("Cellar", "A"): 3, (None, "A"): 6, (None, None): 4}


def test_a_file_without_places_sets_the_total(as_alice, tea):
    assert import_counts(as_alice, "sku,quantity\nTEA,20\n")["unchanged"] == 1
    assert import_counts(as_alice, "sku,quantity\nTEA,25\n")["updated"] == 1
    assert list_holdings(tea) == {**STOCKED, (None, None): 7}


def test_an_empty_quantity_leaves_the_place_as_it_is(as_alice, tea):
    text = "sku,price,quantity,location,lot\nTEA,5.00,,Cellar,\n"
    assert import_counts(as_alice, text) == {"created": 0, "updated": 1, "unchanged": 0}
    assert list_holdings(tea) == STOCKED


def test_an_import_with_places_can_be_reversed(as_alice, tea):
    upload(as_alice, f"{HEADER}Tea,4.00,1,Cellar,,\nTea,4.00,9,Cellar,NEW,\n")
    operation = Movement.objects.order_by("-id").first().operation_id
    assert as_alice.post(f"/api/stock/operations/{operation}/reverse/").status_code == 201
    assert list_holdings(tea) == STOCKED


@pytest.mark.parametrize(
    ("rows", "bad"),
    [
        ("Tea,4.00,1,Attic,,\n", [(2, "location", "Attic")]),
        ("Tea,4.00,1,,H26,2030-05-02\n", [(2, "expires_on", "2030-05-02")]),
        ("Tea,4.00,1,,=X1,2030-05-02\n", [(2, "expires_on", "2030-05-02")]),
        ("Tea,4.00,1,,,2030-05-02\n", [(2, "expires_on", "2030-05-02")]),
        ("Tea,4.00,1,Cellar,,\nTea,4.00,2,CELLAR,,\n", [(3, "name", "Tea")]),
        ("Tea,4.00,1,,,\nTea,4.00,2,,,\n", [(3, "name", "Tea")]),
        ("Tea,4.00,1,,,\nTea,5.00,2,Cellar,,\n", [(3, "name", "Tea")]),
        ("Tea,4.00,1,,N,2030-01-01\nTea,4.00,1,Cellar,n,2030-01-02\n", [(3, "expires_on", "2030-01-02")]),
        ("Tea,4.00,999999999,Cellar,,\n", [(2, "quantity", "999999999")]),
        ("Tea,4.00,1,,H26,soon\n", [(2, "expires_on", "soon")]),
        ("Tea,4.00,1,,4.01235E+12,\n", [(2, "lot", "4.01235E+12")]),
    ],
)
def test_a_bad_place_is_shown_with_its_cell(as_alice, tea, rows, bad):
    response = upload(as_alice, HEADER + rows)
    assert response.status_code == 400, response.json()
    found = [(row["line"], row["column"], row["cell"]) for row in response.json()["rows"]]
    assert found == bad
    assert response.json()["columns"]
    assert list_holdings(tea) == STOCKED


def test_the_places_of_another_shop_are_unknown(as_alice, charlie, tea):
    make_location(charlie, "Attic")
    assert find_bad_rows(as_alice, f"{HEADER}Tea,4.00,1,Attic,,\n") == [(2, "location")]


def test_an_archived_location_is_unknown(as_alice, alice, tea):
    attic = make_location(alice, "Attic")
    assert as_alice.delete(f"/api/locations/{attic.pk}/").status_code == 204
    assert find_bad_rows(as_alice, f"{HEADER}Tea,4.00,1,Attic,,\n") == [(2, "location")]


def test_nothing_of_an_unknown_lot_makes_none(as_alice, tea):
    assert import_counts(as_alice, f"{HEADER}Tea,4.00,0,,OTHER,\n")["unchanged"] == 1
    assert not Lot.objects.filter(code="OTHER").exists()


@pytest.mark.parametrize(("quantity", "is_refused"), [(3, False), (2, True)])
def test_an_old_stock_sequence_is_compared_with_the_quantity_of_the_place(as_alice, tea, quantity, is_refused):
    text = f"sku,quantity,stock_sequence,location\nTEA,{quantity},1,Cellar\n"
    response = upload(as_alice, text)
    assert response.status_code == (400 if is_refused else 200)
    if is_refused:
        [row] = response.json()["rows"]
        assert (row["column"], row["reason"][:83]) == (
            "stock_sequence", "The stock has moved since this file was exported: the quantity is now 3. Export aga"
        )  # fmt: skip


# --- Names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("Artikel,Lagerort,Charge,MHD", ["name", "location", "lot", "expires_on"]),
        ("Item,Batch,Best before", ["name", "lot", "expires_on"]),
        ("Item,Lot,Expiration date", ["name", "lot", "expires_on"]),
        ("Item,Best before", ["name", "expiration_date"]),
        ("Item,Expires on", ["name", "expiration_date"]),
        ("name,lot,expiration_date", ["name", "lot", "expiration_date"]),
        ("name,expiration_date,expires_on,lot", ["name", "expiration_date", "expires_on", "lot"]),
    ],
)
def test_a_date_is_that_of_the_lot_in_a_file_with_lots(as_alice, kettle, header, columns):
    response = upload(as_alice, f"{header}\nKettle{',' * header.count(',')}\n", "?dry_run=true")
    assert [column["column"] for column in response.json()["columns"]] == columns, response.json()
