"""The unit of a product that has moved is fixed: another one would relabel its history. Another spelling is allowed."""

import pytest

from core.money.amounts import may_rename
from products.filing.tests.importing import upload
from products.models import Product
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

URL = "/api/products/"


@pytest.fixture
def flour(alice):
    """Return a product by weight with 2.500 kg in stock."""
    return make_product(alice, "Flour", 2500, sku="FLOUR", external_id="F1", unit="kg", decimals=3)


@all_cases(
    ("old", "new", "decimals", "allowed"),
    [
        ("kg", "g", 3, False), ("kg", "", 3, False), ("kg", "KG", 3, True), ("kg", "Kilogramm", 3, True),
        ("kg", "k g.", 3, True), ("", "kg", 3, True), ("l", "Liter", 3, True), ("l", "ml", 3, False),
        ("m", "m2", 2, False), ("m\u00b2", "qm", 2, True), ("bunch", "Bund", 1, False),
        ("pcs", "St\u00fcck", 0, True), ("box", "", 0, True), ("pcs", "kg", 0, False), ("kg", "pcs", 0, False),
        ("100 g", "200 g", 0, False), ("100 g", "100g", 0, True), ("", "pack", 0, True),
    ],
)  # fmt: skip
def test_another_spelling_is_the_same_unit_and_pieces_may_be_renamed(old, new, decimals, allowed):
    assert may_rename(old, new, decimals) is allowed


def change_by_patch(client, product, unit):
    return client.patch(f"{URL}{product.pk}/", {"unit": unit})


def change_by_put(client, product, unit):
    return client.put(f"{URL}{product.pk}/", {"name": product.name, "price": "1.00", "unit": unit})


def change_in_bulk(client, product, unit):
    return client.patch(URL, {"lines": [{"id": product.pk, "unit": unit}]})


def change_by_upsert(client, product, unit):
    return client.post(f"{URL}upsert/", {"lines": [{"external_id": "F1", "unit": unit}]})


@all_cases("change", [change_by_patch, change_by_put, change_in_bulk, change_by_upsert])
def test_every_route_refuses_another_unit(as_alice, flour, change):
    refused = change(as_alice, flour, "g")
    body = refused.json()
    error = body["lines"][0] if "lines" in body else body
    assert (error["code"], error["product"], error["unit"]) == ("unit_fixed", flour.pk, "kg")
    assert Product.objects.get().unit == "kg"
    assert change(as_alice, flour, "Kilogramm").status_code == 200
    assert Product.objects.get().unit == "Kilogramm"


def test_a_unit_changes_before_the_product_moves(as_alice, alice):
    oats = make_product(alice, "Oats", 0, unit="kg", decimals=3)
    assert change_by_patch(as_alice, oats, "g").status_code == 200


def test_a_file_with_another_unit_names_the_row(as_alice, alice, flour):
    [row] = upload(as_alice, "sku,unit\nFLOUR,g\n").json()["rows"]
    assert (row["line"], row["column"], row["cell"]) == (2, "unit", "g")
    assert "its unit stays kg" in row["reason"]
    assert upload(as_alice, "sku,unit\nFLOUR,kilo\n").status_code == 200
    assert Product.objects.get().unit == "kilo"


def test_the_page_says_why(alice, flour):
    page = Browser(alice).put(f"{URL}{flour.pk}/", unit="g").text
    assert "Another spelling of the same unit is allowed." in page
