"""The prices that apply to the lines of a sale, on its page."""

import pytest

from testing.cast.people import make_product
from trade.kits.tests.kits import make_kit
from trade.prices.tests.priced import make_customer, make_group, set_prices
from users.models import User

ADDRESS = "/shop/line-products/"
ROW = {"kit": None, "price_group": None, "from": None, "starts_on": None, "ends_on": None}


@pytest.fixture
def regulars(alice):
    return make_group(alice)


@pytest.fixture
def ada(alice, regulars):
    return f"Ada Fern (#{make_customer(alice, regulars)})"


def sell(browser, customer, product="earl", quantity="3", **line):
    sent = {"product": product, "quantity": quantity, "unit_price": "", "off": "", **line}
    answer = browser.send_task("/shop/sell/", sent, customer=customer)
    assert answer.status_code == 303, answer.text
    [sale] = browser.client.get("/api/sales/", headers={"Accept": "application/json"}).json()["results"]
    return sale["total"]


def test_the_script_gets_the_prices_of_the_lines_and_the_group_of_the_customer(browser, alice, earl, regulars, ada):
    basket = make_kit(alice, "Basket", {earl.pk: 1})["id"]
    set_prices(alice, earl, {"price": "8.00", "price_group": regulars}, {"price": "9.00", "from": "12"})
    set_prices(alice, basket, {"price": "7.00"}, kind="kits")
    query = {"text": ["earl", "Basket"], "goods": "yes", "buyer": ada}
    found = browser.client.get(ADDRESS, query).json()
    assert found["group"] == {"id": regulars, "percent": "10.00"}
    assert sorted(found["prices"], key=lambda row: row["price"]) == [
        {**ROW, "product": None, "kit": basket, "price": "7.00"},
        {**ROW, "product": earl.pk, "price_group": regulars, "price": "8.00"},
        {**ROW, "product": earl.pk, "from": 12, "price": "9.00"},
    ]
    assert browser.client.get(ADDRESS, {"buyer": "Nobody"}).json() == {"products": {}, "prices": [], "group": None}


def test_a_shop_without_prices_loads_nothing_more(browser, earl):
    assert browser.client.get(ADDRESS, {"text": "earl", "buyer": ""}).json().keys() == {"products"}
    assert "data-buyer" not in browser.get_page("/shop/sell/")


def test_the_page_sells_at_the_price_that_applies(browser, earl, ada):
    assert "data-buyer" in browser.get_page("/shop/sell/")
    assert sell(browser, customer=ada) == "27.00"


def test_a_discount_of_a_line_is_taken_off_the_price_that_applies(browser, alice, earl, ada):
    set_prices(alice, earl, {"price": "8.00", "from": "3"})
    assert sell(browser, customer=ada, off="10%") == "21.60"


def test_goods_by_weight_cost_whole_amounts_at_the_price_that_applies(browser, alice, ada):
    User.objects.filter(pk=alice.pk).update(currency="JPY")
    make_product(alice, "Tuna", 1000, price="999.00", unit="kg", decimals=3)
    assert sell(browser, product="tuna", quantity="0.25", customer=ada) == "225.00"
