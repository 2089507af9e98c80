"""Sell and reserve kits by the pages of the tasks."""

import re

import pytest
from rest_framework.response import Response

from desk.shop.tests.reading import read_message
from products.models import Product
from stock.models import Operation
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.kits.models import SoldKit
from trade.kits.tests.kits import make_kit
from trade.kits.views import KitViewSet
from trade.reservations.models import ReservationLine, ReservedKit

SELL, RESERVE, OPERATIONS = "/shop/sell/", "/shop/reserve/", "/api/stock/operations/"


@pytest.fixture
def basket(alice, earl, assam):
    return make_kit(alice, "Basket", {earl.pk: 1, assam.pk: 2}, sku="KIT-1", price="25.00")


def list_quantities():
    return dict(Product.objects.order_by("name").values_list("name", "quantity"))


@all_cases("text", ["KIT-1", "kit-1", "Basket", "bask", "Basket (KIT-1)"])
def test_sells_kits_by_a_code_or_a_part_of_the_name(browser, basket, text):
    response = browser.send_task(SELL, {"product": text, "quantity": 2})
    assert read_message(browser, response) == "Sold 2 of Basket."
    assert list_quantities() == {"Assam": 5, "Earl Grey": 7}


def test_sells_a_kit_without_codes_by_its_own_text(browser, alice, earl):
    kit = make_kit(alice, "Pair", {earl.pk: 2})
    assert browser.send_task(SELL, {"product": f"Pair (#kit {kit['id']})"}).status_code == 303


@all_cases(("price", "shown"), [("25.00", "25.00"), (None, "20.00")])
def test_the_list_of_kits_shows_the_price_of_a_kit_or_that_of_its_parts(browser, alice, earl, price, shown):
    make_kit(alice, "Pair", {earl.pk: 2}, price=price)
    Product.objects.filter(pk=earl.pk).update(price="10.00")
    assert f"<span>{shown}</span>" in browser.get_page("/api/kits/")


def test_a_kit_and_other_lines_are_counted_as_lines(browser, basket):
    response = browser.send_task(SELL, {"product": "Basket"}, {"product": "assam", "unit_price": "9"})
    assert read_message(browser, response) == "Sold 2 lines."


def test_too_few_of_a_part_are_told_with_its_name(browser, basket):
    refused = browser.send_task(SELL, {"product": "Basket", "quantity": 5})
    assert "Assam: Only 9 in stock, 10 requested." in refused.text
    assert 'name="take"' not in refused.text


def test_the_whole_name_of_a_kit_and_a_product_asks_which_one_is_meant(browser, basket, alice):
    make_product(alice, "Basket", 3, sku="PACKED")
    refused = browser.send_task(SELL, {"product": "basket"})
    assert refused.status_code == 400
    assert 'value="0:Basket (KIT-1)"' in refused.text
    assert 'value="0:Basket (PACKED)"' in refused.text


def test_pages_that_do_not_sell_know_no_kits(browser, basket):
    refused = browser.send_task("/shop/receive/", {"product": "Basket"})
    assert "is not in the name, SKU or barcode of any product" in refused.text


def test_the_script_of_a_form_gets_the_row_of_a_kit(browser, basket):
    found = browser.client.get("/shop/line-products/", {"text": ["KIT-1", "earl"], "goods": "yes"}).json()["products"]
    assert (found["KIT-1"]["price"], found["KIT-1"]["available"], len(found["KIT-1"]["parts"])) == ("25.00", 4, 2)
    assert found["earl"]["name"] == "Earl Grey"


def test_the_script_of_a_form_gets_the_refusal_of_the_kits(browser, basket, monkeypatch):
    monkeypatch.setattr(KitViewSet, "list", lambda *_: Response({"detail": "Wait."}, status=429))
    answer = browser.client.get("/shop/line-products/", {"text": ["KIT-1", "earl"], "goods": "yes"})
    assert (answer.status_code, answer.json()) == (429, {"detail": "Wait."})


def test_a_reservation_of_kits_is_changed_and_sold_whole(browser, basket):
    lines = [{"product": "Basket", "quantity": 2}, {"product": "earl", "quantity": 1}]
    response = browser.send_task(RESERVE, *lines)
    pk = ReservedKit.objects.get().reservation_id
    page = f"/shop/reservations/{pk}/"
    assert browser.task_values(page)["product"][:2] == ["Basket (KIT-1)", "Earl Grey (TEA-EARL)"]
    assert browser.send_task(page, {"product": "Basket (KIT-1)", "quantity": 3, "unit_price": "24"}).status_code == 303
    assert [*ReservedKit.objects.values_list("quantity", "total")] == [(3, 72)]
    assert [*ReservationLine.objects.order_by("id").values_list("quantity", flat=True)] == [3, 6]
    response = browser.client.post(f"{page}fulfil/", browser.task_values(f"{page}fulfil/"))
    assert response.status_code == 303, response.text
    assert [*SoldKit.objects.values_list("quantity", "total")] == [(3, 72)]


def test_selling_less_than_is_reserved_sells_products(browser, basket):
    browser.send_task(RESERVE, {"product": "Basket", "quantity": 2})
    page = f"/shop/reservations/{ReservedKit.objects.get().reservation_id}/fulfil/"
    response = browser.send_task(page, {"product": "earl", "quantity": 1}, {"product": "assam", "quantity": 4})
    assert response.status_code == 303, response.text
    assert list_quantities() == {"Assam": 5, "Earl Grey": 8}
    assert not SoldKit.objects.exists()


@pytest.fixture
def sale(browser, basket):
    """Return the page that takes back what comes back of a tea and two baskets."""
    browser.send_task(SELL, {"product": "earl", "quantity": 1}, {"product": "Basket", "quantity": 2})
    return f"/shop/sales/{Operation.objects.latest('id').pk}/return/"


def test_a_kit_comes_back_as_the_kit(browser, as_alice, basket, sale):
    as_alice.delete(f"/api/kits/{basket['id']}/")
    page = browser.get_page(sale)
    assert re.findall(r'line-title">(.*?)</p>', page) == [
        "Basket <small>at 25.00, Earl Grey, Assam</small>", "Earl Grey <small>at 10.00</small>"
    ]  # fmt: skip
    response = browser.send_task(sale, quantity=["1", "1"])
    assert read_message(browser, response) == "Took back 2 lines. Give back 35.00."
    assert SoldKit.objects.get().quantity == 2
    back, sold = as_alice.get(OPERATIONS).json()["results"][:2]
    assert [(one["product_name"], one["quantity"]) for one in back["movements"]] == [
        ("Earl Grey", 1), ("Assam", 2), ("Earl Grey", 1),
    ]  # fmt: skip
    assert sold["kits"][0]["returned"] == 1


def test_only_a_part_of_a_kit_comes_back(browser, sale):
    page = browser.get_page(sale)
    assert ('href="?parts=yes"' in page, "part of Basket" in page) == (True, False)
    parts = f"{sale}?parts=yes"
    assert browser.get_page(parts).count("part of Basket") == 2
    assert browser.send_task(parts, quantity=["1", "", ""]).status_code == 303
    page = browser.get_page(sale)
    assert re.findall(r'data-expected="(.*?)"', page) == ["1", "1", "1", "1"]


def test_a_kit_with_an_archived_part_comes_back_as_its_parts(browser, as_alice, assam, sale):
    as_alice.delete(f"/api/products/{assam.pk}/")
    page = browser.get_page(sale)
    assert ("Restore these archived products first" in page, page.count("part of Basket")) == (True, 1)


@all_cases("text", ["basket", "KIT-1", "assam"])
def test_the_sales_of_a_kit_are_found_by_its_name_or_a_part(browser, as_alice, basket, sale, text):
    as_alice.patch(f"/api/kits/{basket['id']}/", {"name": "Tea basket"})
    page = browser.client.get("/shop/return/", {"sale": text}).text
    assert (sale in page, "1 × Earl Grey, 2 × Basket" in page) == (True, True)


def test_a_kit_with_an_archived_part_gets_another_price(browser, as_alice, alice, earl, assam):
    kit = make_kit(alice, "Pair", {earl.pk: 1, assam.pk: 2}, price="25.00")["id"]
    as_alice.delete(f"/api/products/{assam.pk}/")
    page = f"/shop/kits/{kit}/"
    values = browser.task_values(page)
    assert browser.client.post(page, {**values, "price": "x"}).text.count("Assam (TEA-ASSAM)") == 1
    assert browser.client.post(page, {**values, "price": "24"}).status_code == 303
    changed = as_alice.get(f"/api/kits/{kit}/").json()
    assert (changed["price"], [part["quantity"] for part in changed["parts"]]) == ("24.00", [1, 2])
    refused = browser.client.post(page, {**values, "quantity": ["3", *values["quantity"][1:]]})
    assert refused.status_code == 400
    assert browser.send_task(page, {"product": "Earl Grey (TEA-EARL)", "quantity": "3"}).status_code == 303
    assert [part["quantity"] for part in as_alice.get(f"/api/kits/{kit}/").json()["parts"]] == [3]
