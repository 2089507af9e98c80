"""What an import says that it creates besides products, and what it changes."""

import pytest

from products.filing.tests.importing import upload
from testing.cast.people import make_product
from testing.tables import all_cases

pytestmark = pytest.mark.measured

MOVING = "?moving=true&dry_run=true"


def test_what_is_created_besides_products_is_named(as_alice):
    text = "name,price,supplier,category,location,quantity,colour\nPan,1,Acme,Kitchen,Shop,2,red\nPot,1,acme,,,,\n"
    created = upload(as_alice, text, MOVING).json()["also_created"]
    assert created == [
        {"kind": "suppliers", "number": 1, "names": ["Acme"]},
        {"kind": "locations", "number": 1, "names": ["Shop"]},
        {"kind": "categories", "number": 1, "names": ["Kitchen"]},
        {"kind": "fields", "number": 1, "names": ["colour"]},
    ]
    assert upload(as_alice, "name,price\nPan,1\n", MOVING).json()["also_created"] == []


def test_only_the_first_names_are_listed(as_alice):
    rows = "".join(f"Pan {number},1,Supplier {number:02}\n" for number in range(12))
    [created] = upload(as_alice, f"name,price,supplier\n{rows}", MOVING).json()["also_created"]
    assert (created["number"], created["names"]) == (12, [f"Supplier {number:02}" for number in range(10)])


def test_the_old_and_the_new_value_of_each_change_are_listed(as_alice, alice):
    for name in ("Pan", "Pot"):
        make_product(alice, name, 5)
    text = "name,price,location,quantity\nPot,1.50,Shop,2\nPot,1.50,Cellar,6\n"
    answer = upload(as_alice, text, "?dry_run=true&moving=true").json()
    changes = [(one["line"], one["name"], one["fields"]) for one in answer["changes"]]
    assert changes == [(2, "Pot", {"price": ["10.00", "1.50"], "quantity": [5, 13]})]
    assert answer["changed"] == {"price": 1, "quantity": 1}
    edited = upload(as_alice, "name,price\nPot,2\nPan,3\n", "?dry_run=true").json()
    assert [(one["line"], one["name"]) for one in edited["changes"]] == [(2, "Pot"), (3, "Pan")]


def test_a_file_of_this_service_creates_no_supplier_unasked(as_alice):
    text = "name,price,supplier,stock_sequence\nPan,1,Acme,\n"
    [row] = upload(as_alice, text, MOVING).json()["rows"]
    assert row["column"] == "supplier"


def test_the_wrong_quantity_of_a_place_is_named_by_the_place(as_alice):
    [row] = upload(as_alice, "name,price,quantity [Cellar]\nPan,1,x\n", "?dry_run=true").json()["rows"]
    assert (row["column"], row["cell"]) == ("quantity [Cellar]", "x")


@all_cases(("quantities", "stock"), [("set", 8), ("add", 13), ("leave", 5)])
def test_quantities_are_set_added_or_left(as_alice, alice, quantities, stock):
    pan = make_product(alice, "Pan", 5)
    upload(as_alice, "name,price,quantity,stock_sequence\nPan,1,8,\n", f"?quantities={quantities}")
    pan.refresh_from_db()
    assert pan.quantity == stock


@all_cases(
    ("header", "row"), [("name,price,quantity [Cellar]", "Pan,1,3"), ("name,price,location,quantity", "Pan,1,Cellar,3")]
)
def test_a_delivery_is_added_in_its_place(as_alice, header, row):
    for stock in (3, 6):
        upload(as_alice, f"{header}\n{row}\n", "?quantities=add&create_missing=true")
        assert as_alice.get("/api/products/").json()["results"][0]["quantity"] == stock


def test_another_row_of_a_product_comes_in_if_its_first_row_stays_out(as_alice):
    text = "name,price,location,quantity\nPan,1,Cellar,x\nPan,1,Shop,3\nPot,1,,1\n"
    answer = upload(as_alice, text, "?wrong_rows=skip&create_missing=true").json()
    assert (answer["created"], [row["line"] for row in answer["refused"]["rows"]]) == (2, [2])
