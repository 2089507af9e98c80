"""Kits in scans, on labels and in the report."""

import re

import pytest

from testing.browser import Browser
from testing.cast import make_product
from trade.kits.tests.kits import make_kit, sell
from users.models import User


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 20, price="6.00", cost_price="2.00")


@pytest.fixture
def basket(alice, tea):
    cup = make_product(alice, "Cup", 20, price="3.00", cost_price="1.00")
    return make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 2}, sku="BASKET", barcode="4006381333931", price="10.00")["id"]


@pytest.mark.parametrize(
    ("code", "matched"), [("basket", "sku"), ("4006381333931", "barcode"), ("04006381333931", "gtin")]
)
def test_a_scan_finds_the_kit(as_alice, basket, code, matched):
    found = as_alice.get("/api/scan/", {"code": code}).json()
    assert (found["product"], found["kit"]["id"], found["matched"], found["quantity"]) == (None, basket, matched, 1)


def test_a_scan_of_a_product_has_no_kit(as_alice, alice, basket):
    make_product(alice, "Pot", 1, sku="POT")
    assert as_alice.get("/api/scan/", {"code": "POT"}).json()["kit"] is None


@pytest.mark.parametrize(("role", "sells"), [("manager", True), ("worker", True), ("viewer", False)])
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


def test_labels_print_kits(as_alice, alice, basket):
    bare = make_kit(alice, "Bare", {make_product(alice, "Lid", 1).pk: 1})["id"]
    label = as_alice.post("/api/labels/", {"lines": [{"kit": basket}]})
    assert "Basket" in label.text
    assert "10.00" in label.text
    errors = as_alice.post("/api/labels/", {"lines": [{"kit": bare}, {"kit": 999}]}).json()["lines"]
    assert [(error["code"], error["kit"]) for error in errors] == [("label_without_code", bare), ("kit_not_found", 999)]


def test_the_report_counts_kits_that_were_sold_and_came_back(as_alice, basket, tea):
    sale = sell(as_alice, {"kit": basket, "quantity": 3}, {"product": tea.pk, "quantity": 1}).json()
    undone = sell(as_alice, {"kit": basket, "quantity": 1}).json()
    as_alice.post(f"/api/stock/operations/{undone['id']}/reverse/", {})
    as_alice.post(f"/api/stock/operations/{sale['id']}/return/", {"lines": [{"kit": basket, "quantity": 1}]})
    [row] = as_alice.get("/api/reports/kits/").json()["results"]
    # The tea that was sold alone was booked last, so it came back first.
    assert (row["kit"], row["sold"], row["returned"]) == (basket, 3, 0)
    as_alice.post(f"/api/stock/operations/{sale['id']}/return/", {"lines": [{"product": tea.pk, "quantity": 1}]})
    [row] = as_alice.get("/api/reports/kits/").json()["results"]
    assert (row["returned"], row["revenue"], row["cost"], row["margin"]) == (1, "20.00", "8.00", "12.00")
