"""Forms and the search of the pages accept further codes and GS1 data, besides SKUs and barcodes."""

import pytest

from products.codes.services import replace_codes
from products.look_ups import PRODUCTS, find_code
from testing.cast import gtins
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

GTIN, CASE = "04006381333931", "14006381333938"


@pytest.fixture
def pen(alice):
    pen = make_product(alice, "Pen", 5, sku="PEN-1", barcode="4006381333931")
    replace_codes(pen, [{"code": CASE, "quantity": 12}, {"code": "P-ALT", "quantity": 1}])
    return pen


@all_cases("text", ["p-alt", GTIN, f"01{GTIN}", f"(01){GTIN}", f"]C101{GTIN}", f"https://x.org/01/{GTIN}"])
def test_a_form_finds_the_product_of_a_code_of_one_unit(alice, pen, text):
    assert PRODUCTS.find_all(alice, [text]) == {text: pen.pk}


@all_cases(
    ("text", "message"),
    [
        (CASE, "stands for 12 units. Write the SKU of the product, and enter the quantity."),
        (f"02{GTIN}3724", "stands for 24 units. Write the SKU of the product, and enter the quantity."),
        (f"(01){GTIN}(10)A1", "is a code of the lot A1. Write the SKU of the product, and enter the lot."),
    ],
)
def test_a_form_refuses_a_code_of_several_units_or_of_a_lot(alice, pen, text, message):
    """Otherwise a scanned case would be booked as one piece."""
    assert PRODUCTS.find_all(alice, [text])[text].messages == [f'"{text}" {message}']


def test_a_form_refuses_a_gtin_of_several_products(alice):
    gtins.make_pair(alice)
    text = gtins.GTIN
    assert PRODUCTS.find_all(alice, [text])[text].messages == [
        f'"{text}" is a code of several products. Write the SKU of the one you mean.'
    ]


def test_a_page_books_a_scanned_further_code(alice, pen):
    response = Browser(alice).send_task("/shop/sell/", {"product": "P-ALT", "quantity": 2})
    assert response.status_code == 303
    pen.refresh_from_db()
    assert pen.quantity == 3


@all_cases("text", ["PEN-1", CASE, f"(01){GTIN}(10)A1"])
def test_the_search_leads_to_the_product_of_a_scanned_code(alice, pen, text):
    response = Browser(alice).client.get("/api/products/", {"search": text})
    assert (response.status_code, response.headers.get("Location")) == (
        302,
        f"/api/products/{pen.pk}/",
    )


def test_other_shops_find_nothing(charlie, dora, pen):
    assert find_code(charlie, CASE) is find_code(dora, CASE) is None
