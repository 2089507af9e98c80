"""Pages ask about a price of zero, and about one of ten times the usual price, before anything is booked."""

from decimal import Decimal

import pytest

from core.money.currencies import find_doubt
from products.models import Product
from stock.models import Movement, OperationReason
from testing.cast.people import make_product
from testing.reading.browser import read_task
from testing.tables import all_cases

SELL, ADD = "/shop/sell/", "/shop/products/add/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 20, sku="TEA", price="4.90")


@all_cases(
    ("price", "usual", "is_doubtful"),
    [("0.00", "4.90", True), ("0.00", None, True), ("0.00", "0.00", True), ("49.00", "4.90", True),
     ("48.99", "4.90", False), ("49.00", None, False), ("9.00", "0.00", False), (None, "4.90", False)],
)  # fmt: skip
def test_the_rule(price, usual, is_doubtful):
    assert bool(find_doubt(price and Decimal(price), usual and Decimal(usual))) == is_doubtful


def count_sales():
    return Movement.objects.filter(operation__reason=OperationReason.SALE).count()


def test_a_sale_at_a_doubtful_price_is_booked_if_it_is_sent_again(browser, tea):
    asked = browser.send_task(SELL, {"product": "Tea", "quantity": "1", "unit_price": "49"})
    assert (asked.status_code, count_sales()) == (400, 0)
    assert "The price is 10 times the usual one or more: 4.90." in asked.text
    assert "If these prices are right, send the form again." in asked.text
    again = read_task(asked.text)
    changed = browser.client.post(SELL, again | {"unit_price": ["0", *again["unit_price"][1:]]})
    assert "The price is zero." in changed.text  # another doubtful price is another question
    assert browser.client.post(SELL, again).status_code == 303
    assert Movement.objects.get(operation__reason=OperationReason.SALE).unit_price == 49


def test_goods_whose_own_price_is_zero_are_not_sold_for_nothing_without_a_word(browser, alice):
    make_product(alice, "Bag", 5, price="0.00")
    asked = browser.send_task(SELL, {"product": "Bag", "quantity": "1"})
    assert (asked.status_code, count_sales()) == (400, 0)
    assert browser.client.post(SELL, read_task(asked.text)).status_code == 303


def test_a_new_product_at_zero_is_asked_about(browser):
    asked = browser.send_task(ADD, name="Tea", price="0")
    assert (asked.status_code, Product.objects.count()) == (400, 0)
    assert browser.client.post(ADD, read_task(asked.text)).status_code == 303


def test_the_form_of_a_new_item_asks_about_zero(browser):
    asked = browser.post("/api/items/", name="Tea", price="0")
    assert (asked.status_code, Product.objects.count()) == (400, 0)
    browser.client.post("/shop/form/items/", read_task(asked.text))
    assert Product.objects.count() == 1


def test_the_form_of_a_product_asks_about_its_new_price(browser, as_alice, tea):
    address = f"/api/products/{tea.pk}/"
    form = browser.form_values(address, "put")
    asked = browser.send_put(address, form, price="49")
    assert "The price is 10 times the usual one or more: 4.90." in asked.text
    assert "If these prices are right, send the form again." in asked.text
    tea.refresh_from_db()
    assert str(tea.price) == "4.90"
    browser.send_put(address, read_task(asked.text))
    tea.refresh_from_db()
    assert str(tea.price) == "49.00"
    assert as_alice.patch(address, {"price": "0.00"}).status_code == 200  # programs are not asked


def test_programs_sell_at_every_price(as_alice, tea):
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 1, "unit_price": "0.00"}
    assert as_alice.post("/api/stock/", line).status_code == 201
