"""What an import says that it creates besides products, and what it changes."""

import pytest

from products.tests.importing import upload
from testing.cast import make_product

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
    make_product(alice, "Pan", 5)
    answer = upload(as_alice, "name,price,quantity\nPan,1.50,8\n", "?dry_run=true").json()
    assert answer["changes"][0]["fields"] == {"price": ["10.00", "1.50"], "quantity": [5, 8]}
    assert answer["changed"] == {"price": 1, "quantity": 1}


def test_a_file_of_this_service_creates_no_supplier_unasked(as_alice):
    text = "name,price,supplier,stock_sequence\nPan,1,Acme,\n"
    [row] = upload(as_alice, text, MOVING).json()["rows"]
    assert row["column"] == "supplier"


def test_the_wrong_quantity_of_a_place_is_named_by_the_place(as_alice):
    [row] = upload(as_alice, "name,price,quantity [Cellar]\nPan,1,x\n", "?dry_run=true").json()["rows"]
    assert (row["column"], row["cell"]) == ("quantity [Cellar]", "x")
