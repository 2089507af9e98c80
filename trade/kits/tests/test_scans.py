"""Kits in scans, on labels and in the report."""

import re

import pytest

from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit, sell
from trade.selling.look_ups import find_goods
from users.models import User

pytestmark = pytest.mark.needs("labels")


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 20, price="6.00", cost_price="2.00")


@pytest.fixture
def basket(alice, tea):
    cup = make_product(alice, "Cup", 20, price="3.00", cost_price="1.00")
    return make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 2}, sku="BASKET", barcode="4006381333931", price="10.00")["id"]


@all_cases(
    ("code", "matched"),
    [
        ("basket", "sku"), ("\u200bBASKET\u200b", "sku"), ("4006381333931", "barcode"), ("04006381333931", "gtin"),
        ("400-6381-333931", "gtin"), ("]E04006381333931", "barcode"), ("(01)04006381333931(10)A7", "gtin"),
        ("https://id.gs1.org/01/04006381333931", "gtin"),
    ],
)  # fmt: skip
def test_a_scan_finds_the_kit(as_alice, basket, code, matched):
    found = as_alice.get("/api/scan/", {"code": code}).json()
    assert (found["product"], found["kit"]["id"], found["matched"], found["quantity"]) == (None, basket, matched, 1)


CODES = (
    "basket", "\u200bBASKET\u200b", "4006381333931", "04006381333931", "400-6381-333931", "]E04006381333931",
    "(01)04006381333931(10)A7",
)  # fmt: skip


def test_forms_find_the_kit_by_each_form_of_its_codes(alice, basket):
    alice.refresh_from_db()
    assert {text: one.pk for text, one in find_goods(alice, CODES).items()} == dict.fromkeys(CODES, basket)


@pytest.mark.quick
def test_forms_find_kits_of_the_own_shop_alone(alice, charlie, dora, basket):
    make_kit(charlie, "Lantern", {make_product(charlie, "Candle", 1).pk: 1})  # forms of a shop without kits find none
    for user, found in ((alice, basket), (charlie, None), (dora, None)):
        user.refresh_from_db()
        assert getattr(find_goods(user, ["bask"])["bask"], "pk", None) == found


@all_cases("code", CODES)
def test_the_search_of_each_page_leads_to_the_kit(alice, basket, code):
    found = Browser(alice).client.get("/shop/find/", {"search": code})
    assert (found.status_code, found.headers["Location"]) == (302, f"/api/kits/{basket}/")


def test_the_search_of_each_page_lists_kits_by_their_words(alice, basket):
    make_product(alice, "Basket of wood", 1)
    page = Browser(alice).get_page("/shop/find/?search=bask")
    assert f'href="/api/kits/{basket}/"' in page
    assert "Basket of wood" in page


def test_the_exact_code_of_a_product_comes_before_the_gtin_of_a_kit(as_alice, alice, basket):
    product = make_product(alice, "Pot", 1, sku="04006381333931")
    alice.refresh_from_db()
    assert as_alice.get("/api/scan/", {"code": "04006381333931"}).json()["product"]["id"] == product.pk
    assert find_goods(alice, ["04006381333931"]) == {"04006381333931": product.pk}


def test_a_scan_of_a_product_has_no_kit(as_alice, alice, basket):
    make_product(alice, "Pot", 1, sku="POT")
    assert as_alice.get("/api/scan/", {"code": "POT"}).json()["kit"] is None


@all_cases(("role", "sells"), [("manager", True), ("worker", True), ("viewer", False)])
def test_the_page_of_a_scan_leads_to_the_kit(bob, basket, role, sells):
    User.objects.filter(pk=bob.pk).update(role=role)
    page = Browser(bob).get_page("/api/scan/?code=BASKET")
    main = page.partition("<main")[2]
    links = re.findall(r'href="([^"]*)"[^>]*>(Sell|Receive|Open the product|Open the kit)</a>', main)
    sell_link = ("/shop/sell/?product=Basket+%28BASKET%29&amp;quantity=1", "Sell")
    assert links == [sell_link] * sells + [(f"/api/kits/{basket}/", "Open the kit")]
    assert re.search(r"<h1[^>]*>\s*Basket\s*</h1>", page)
    assert re.search(r"Available</\w+>\s*<[^>]+>\s*<span>(<span>)?10<", page)


def test_the_form_that_sells_a_scanned_kit_names_it(as_alice, alice, basket):
    values = Browser(alice).task_values("/shop/sell/?product=Basket+%28BASKET%29&quantity=1")
    assert (values["product"][0], values["quantity"][0]) == ("Basket (BASKET)", "1")


def test_a_counter_gets_the_page_of_an_unknown_code(bob, basket):
    User.objects.filter(pk=bob.pk).update(role="counter")
    assert Browser(bob).client.get("/api/scan/?code=BASKET").status_code == 404


@pytest.mark.quick
def test_labels_print_kits_of_the_own_shop(as_alice, alice, charlie, basket):
    bare = make_kit(alice, "Bare", {make_product(alice, "Lid", 1).pk: 1})["id"]
    label = as_alice.post("/api/labels/", {"lines": [{"kit": basket}]})
    assert "Basket" in label.text
    assert "10.00" in label.text
    foreign = make_kit(charlie, "Lantern", {make_product(charlie, "Candle", 1).pk: 1}, sku="LANTERN")["id"]
    errors = as_alice.post("/api/labels/", {"lines": [{"kit": kit} for kit in (bare, foreign, 999)]}).json()["lines"]
    assert errors[0]["detail"] == "This kit has neither a barcode nor a SKU: give it one of them."
    assert [(error["code"], error["kit"]) for error in errors] == [
        ("label_without_code", bare), ("kit_not_found", foreign), ("kit_not_found", 999),
    ]  # fmt: skip


def test_the_report_counts_kits_that_were_sold_and_came_back(as_alice, basket, tea):
    sale = sell(as_alice, {"kit": basket, "quantity": 3}, {"product": tea.pk, "quantity": 1}).json()
    undone = sell(as_alice, {"kit": basket, "quantity": 1}).json()
    as_alice.post(f"/api/stock/operations/{undone['id']}/reverse/", {})
    as_alice.post(f"/api/stock/operations/{sale['id']}/return/", {"lines": [{"kit": basket, "quantity": 1}]})
    [row] = as_alice.get("/api/reports/kits/").json()["results"]
    assert (row["kit"], row["sold"], row["returned"], row["revenue"]) == (basket, 3, 1, "20.00")
    # The tea that was sold alone was booked last, so it comes back first.
    as_alice.post(f"/api/stock/operations/{sale['id']}/return/", {"lines": [{"product": tea.pk, "quantity": 1}]})
    [row] = as_alice.get("/api/reports/kits/").json()["results"]
    assert (row["returned"], row["revenue"], row["cost"], row["margin"]) == (1, "20.00", "8.00", "12.00")
