"""Files have the quantities of goods by weight as amounts: 0.25 of a kilogram is 250 g."""

import csv
import io

import pytest

from products.filing.tests.test_real_files import send_file
from products.models import Product
from stock.models import Movement
from testing.cast.people import client_of, make_product, make_user

FINE = (
    "Quantities of this product are whole numbers. To sell 0.25 kg, add a column decimals with 3 for products by"
    " weight."
)


def read_export(client, **query):
    text = client.get("/api/products/export/", query).getvalue().decode()
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline="")))


@pytest.fixture
def cheese(alice):
    return make_product(alice, "Brie", 2500, unit="kg", decimals=3, price="20", min_threshold=500)


def test_new_products_have_amounts(as_alice):
    answer = send_file(as_alice, "p.csv", b"name,price,unit,decimals,quantity,min_threshold\nBrie,20,kg,3,2.5,0.5\n")
    assert answer.status_code == 200, answer.json()
    brie = Product.objects.get()
    assert (brie.quantity, brie.min_threshold, brie.decimals) == (2500, 500, 3)
    assert str(Movement.objects.get().value) == "0.00"


def test_the_opening_is_worth_the_amount_times_the_cost(as_alice):
    send_file(as_alice, "p.csv", b"name,price,decimals,quantity,cost_price\nBrie,20,3,2.5,8.01\n")
    assert str(Product.objects.get().stock_value) == "20.03"


def test_products_that_are_there_have_their_decimals(as_alice, cheese):
    answer = send_file(as_alice, "p.csv", b"name;price;Menge\nBrie;20;3,25\n")
    assert (answer.json()["updated"], Product.objects.get().quantity) == (1, 3250)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("3.2505", "An amount of this product has at most 3 decimals: round it."), ("2000000", "This is too high.")],
)
def test_an_amount_that_does_not_fit_is_refused(as_alice, cheese, cell, reason):
    answer = send_file(as_alice, "p.csv", f"name,price,quantity\nBrie,20,{cell}\n".encode())
    assert [(row["line"], row["column"]) for row in answer.json()["rows"]] == [(2, "quantity")]
    assert (
        reason in answer.json()["rows"][0]["reason"]
        or "more than 3 decimal places" in answer.json()["rows"][0]["reason"]
    )
    assert Product.objects.get().quantity == 2500


def test_a_part_of_a_piece_is_refused(as_alice):
    [row] = send_file(as_alice, "p.csv", b"name;price;Menge\nTea;1;0,25\n").json()["rows"]
    assert row == {"line": 2, "column": "quantity", "reason": FINE, "cell": "0,25"}


def test_the_decimals_of_a_booked_product_are_fixed(as_alice, cheese):
    [row] = send_file(as_alice, "p.csv", b"name,price,decimals\nBrie,20,2\n").json()["rows"]
    assert (row["column"], "its decimals stay 3" in row["reason"]) == ("decimals", True)


@pytest.mark.parametrize(
    ("columns", "cells", "kept"),
    [
        ("", "", (5000, 12_000, 24_000)),
        (",min_threshold,codes", ",0.5,CASE = 24", (500, 12_000, 24_000)),
        (",pack_size,codes", ",6,CASE = 250", (5000, 6000, 250)),
    ],
)
def test_a_file_that_gives_decimals_keeps_what_it_does_not_name(as_alice, columns, cells, kept):
    codes = [{"code": "CASE", "quantity": 24}]
    as_alice.post("/api/products/", {"name": "Brie", "price": "20", "pack_size": 12, "codes": codes})
    answer = send_file(as_alice, "p.csv", f"name,price,decimals{columns}\nBrie,20,3{cells}\n".encode())
    assert answer.status_code == 200, answer.json()
    brie = Product.objects.with_codes(Product.objects.get().owner).get()
    assert (brie.min_threshold, brie.pack_size, brie.codes[0]["quantity"]) == kept


def test_codes_that_do_not_fit_the_decimals_of_a_file_are_refused(as_alice):
    codes = [{"code": "SLICE", "quantity": 250}]
    as_alice.post("/api/products/", {"name": "Brie", "price": "20", "decimals": 3, "codes": codes})
    [row] = send_file(as_alice, "p.csv", b"name,price,decimals\nBrie,20,1\n").json()["rows"]
    assert (row["column"], row["reason"]) == ("decimals", "An amount of this product has at most 1 decimals: round it.")


def test_an_empty_cell_leaves_the_decimals(as_alice, cheese):
    assert send_file(as_alice, "p.csv", b"name,price,decimals\nBrie,21,\n").json()["updated"] == 1
    assert Product.objects.get().decimals == 3


@pytest.mark.quick
@pytest.mark.parametrize("by", ["product", "holding"])
def test_an_unchanged_export_changes_nothing(as_alice, alice, cheese, by):
    make_product(alice, "Tea", 7)
    lot = {"lot": "L1", "location": None}
    as_alice.post("/api/stock/", {"product": cheese.pk, "movement_type": "IN", "amount": "0.75", **lot})
    rows = read_export(as_alice, by=by)
    assert {row["quantity"] for row in rows} == ({"3.250", "7"} if by == "product" else {"2.500", "0.750", "7"})
    content = as_alice.get("/api/products/export/", {"by": by}).getvalue()
    before = Product.objects.order_by("id").values()
    answer = send_file(as_alice, "p.csv", content).json()
    assert (answer["created"], answer["updated"], answer["operation"]) == (0, 0, None)
    assert list(before) == list(Product.objects.order_by("id").values())


@pytest.mark.parametrize(("csv_format", "cell"), [("standard", "1,234"), ("european", "1.234")])
@pytest.mark.parametrize("sign", ["\t", "|"])
@pytest.mark.django_db
def test_thousands_that_nothing_decides_are_read_as_the_shop_writes_them(csv_format, cell, sign):
    owner = make_user("ella", csv_format=csv_format)
    answer = send_file(client_of(owner), "p.csv", f"Name{sign}Preis{sign}Stock\nTea{sign}1{sign}{cell}\n".encode())
    assert answer.status_code == 200, answer.json()
    assert Product.objects.get().quantity == 1234


@pytest.mark.parametrize("query", ["", "?columns=id,sku,quantity,stock_sequence,field:weight"])
@pytest.mark.django_db
def test_an_own_number_does_not_say_how_the_amounts_of_a_european_file_are_written(query):
    owner = make_user("ella", csv_format="european")
    ella = client_of(owner)
    ella.post("/api/fields/", {"key": "weight", "label": "Weight", "type": "number"})
    body = {"name": "Brie", "sku": "B", "price": "2", "unit": "kg", "decimals": 3, "amount": "1.500"}
    made = ella.post("/api/products/", {**body, "fields": {"weight": "12.5"}})
    assert made.status_code == 201, made.json()
    answer = send_file(ella, "p.csv", ella.get(f"/api/products/export/{query}").getvalue())
    assert (answer.status_code, answer.json().get("updated")) == (200, 0), answer.json()
    assert Product.objects.get().quantity == 1500


def test_reports_and_statements_have_amounts_in_files(as_alice, cheese):
    as_alice.post("/api/stock/", {"product": cheese.pk, "movement_type": "OUT", "amount": "0.25"})
    [row] = read_csv(as_alice, "/api/reports/days-left/")
    assert (row["quantity"], row["sold"], row["unit"]) == ("2.250", "0.250", "kg")
    rows = read_csv(as_alice, f"/api/products/{cheese.pk}/statement/")
    assert [row["balance"] for row in rows] == ["0.000", "2.500", "2.250", "2.250"]


def read_csv(client, address):
    text = client.get(address, {"format": "csv"}).getvalue().decode()
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline="")))
