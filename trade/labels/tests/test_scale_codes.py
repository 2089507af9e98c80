"""Codes with a weight or a price inside: those of scales, and measures by GS1. The table is also that of the till."""

import json

import pytest
from django.conf import settings

from products.look_ups import PRODUCTS, find_code
from products.models import Product
from testing.laws.schemas import find_mistakes
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases

TABLE = json.loads((settings.BASE_DIR / "products/codes/tests/scale_codes.json").read_text(encoding="utf-8"))
URL = "/api/scan/"
CHEESE, PRICED = "2100042002548", "2800042003476"
FOUND = [row for row in TABLE["scans"] if row["product"] and "\x1d" not in row["code"]]  # forms refuse FNC1


@pytest.fixture
def shop(as_alice):
    assert as_alice.patch("/api/account/", {"scale_codes": TABLE["scale_codes"]}).status_code == 200
    for product in TABLE["products"]:
        assert as_alice.post("/api/products/", product).status_code == 201
    return {product.name: product for product in Product.objects.all()}


def test_the_answer_says_the_quantity_or_the_price(as_alice, shop):
    assert [read(as_alice, row) for row in TABLE["scans"]] == TABLE["scans"]


def read(client, row):
    """Return the row of the table as the API has it."""
    response = client.get(URL, {"code": row["code"]})
    data = response.json()
    found = {"what": row["what"], "code": row["code"], "product": None, "quantity": None}
    if response.status_code == 404:
        return found
    if response.status_code == 400:
        named = {"product": row["product"]} if data["code"] == "amount_too_fine" else {}
        return found | named | {"error": data["code"]}
    price = {"total_price": data["total_price"]} if data["total_price"] else {}
    return found | {"product": data["product"]["name"], "quantity": data["quantity"]} | price


def test_forms_find_what_stands_for_one_and_say_what_to_enter_for_the_rest(alice, shop):
    alice.refresh_from_db()
    found = PRODUCTS.find_all(alice, {row["code"] for row in FOUND})
    for row in FOUND:
        one = found[row["code"]]
        is_label = row["code"][:2] in ("21", "28") and row["quantity"] is None
        is_plain = row.keys().isdisjoint({"total_price", "error"}) and row["quantity"] in (None, 1) and not is_label
        assert (one == shop[row["product"]].pk) == is_plain, (row, one)


@all_cases(
    ("code", "message"),
    [
        (CHEESE, '"2100042002548" stands for 0.254 kg. Write the SKU of the product, and enter the quantity.'),
        (PRICED, f'"{PRICED}" has a price and no weight. Write the SKU of the product, and enter the quantity.'),
    ],
)
def test_a_form_refuses_the_label_of_a_scale(alice, shop, code, message):
    alice.refresh_from_db()
    assert PRODUCTS.find_all(alice, [code])[code].messages == [message]
    assert find_code(alice, code) == shop["Cheese"].pk


def test_the_answer_has_the_amount_and_matches_the_schema(schema, as_alice, shop):
    for code in (CHEESE, PRICED, "00042", "2100044002546"):
        assert find_mistakes(schema, as_alice.get(URL, {"code": code}), URL, "get") == []
    found = as_alice.get(URL, {"code": CHEESE}).json()
    assert (found["matched"], found["amount"], found["total_price"]) == ("sku", "0.254", None)
    priced = as_alice.get(URL, {"code": PRICED}).json()
    assert (priced["quantity"], priced["amount"], priced["total_price"]) == (None, None, "3.47")
    refused = as_alice.get(URL, {"code": "2100044002546"}).json()
    assert (refused["code"], refused["decimals"], refused["product"]) == ("amount_too_fine", 2, shop["Ham"].pk)


def test_an_api_key_and_a_worker_read_the_shop_s_table(alice, as_bob, shop):
    assert as_bob.get(URL, {"code": CHEESE}).json()["quantity"] == 254


def test_another_shop_has_another_table(as_charlie, shop):
    as_charlie.post("/api/products/", {"name": "Brie", "sku": "00042", "price": "1.00"})
    assert as_charlie.get(URL, {"code": CHEESE}).status_code == 404


@all_cases(("code", "amount", "shown"), [(CHEESE, "0.2540", "0.254 kg"), ("2100042012547", "1.2540", "1.254 kg")])
def test_the_page_leads_to_a_form_that_books_the_weight(alice, as_alice, shop, code, amount, shown):
    cheese = shop["Cheese"]
    page = Browser(alice).get_page(f"{URL}?code={code}")
    assert shown in page
    assert f"/shop/receive/?product={cheese.pk}&amp;back={cheese.pk}&amp;quantity={amount}" in page
    response = Browser(alice).send_task("/shop/receive/", {"product": "00042", "quantity": amount})
    assert response.status_code == 303
    assert as_alice.get(f"/api/products/{cheese.pk}/").json()["amount"] == shown.split()[0]


def test_the_page_of_a_price_shows_it_and_leaves_the_quantity_open(alice, shop):
    page = Browser(alice).get_page(f"{URL}?code={PRICED}")
    assert "3.47" in page
    assert f'/shop/sell/?product={shop["Cheese"].pk}&amp;back={shop["Cheese"].pk}&amp;quantity="' in page
    form = Browser(alice).get_page(f"/shop/sell/?product={shop['Cheese'].pk}&quantity=")
    assert read_task(form)["quantity"][0] == ""


# --- Counting sheets --------------------------------------------------------------------------------------


def enter(client, sheet, **entry):
    return client.post(f"/api/stock/sheets/{sheet}/entries/", {"entries": [{"extra": True, **entry}]})


@pytest.fixture
def sheet(as_alice, shop):
    return as_alice.post("/api/stock/sheets/", {"name": "All"}).data["id"]


def test_a_sheet_counts_labels(as_alice, sheet):
    counted = enter(as_alice, sheet, code=CHEESE, quantity=2).data["entries"][0]
    assert (counted["quantity"], counted["amount"]) == (508, "0.508")


def test_a_sheet_takes_an_amount_with_a_code_without_one(as_alice, sheet):
    for code in ("00042", PRICED, CHEESE):
        assert enter(as_alice, sheet, code=code, amount="12.4").data["entries"][0]["quantity"] == 12_400


@all_cases(
    ("code", "error"),
    [("00042", "code_without_amount"), (PRICED, "code_without_amount"), ("2100044002546", "amount_too_fine")],
)
def test_a_sheet_refuses_a_number_of_codes_that_say_no_amount(as_alice, sheet, code, error):
    refused = enter(as_alice, sheet, code=code, quantity=1)
    assert (refused.status_code, refused.data["lines"][0]["code"]) == (400, error)


def test_the_page_of_a_sheet_takes_a_code_with_an_amount(alice, as_alice, sheet, shop):
    Browser(alice).send_task(f"/shop/sheets/{sheet}/count/", {"code": "00042", "quantity": "0,25"})
    [entry] = as_alice.get(f"/api/stock/sheets/{sheet}/entries/").data["results"]
    assert (entry["product"], entry["amount"]) == (shop["Cheese"].pk, "0.250")
