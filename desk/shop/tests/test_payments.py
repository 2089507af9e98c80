"""Sell and Return ask for payments once a shop has switched them on, and say the change and what to give back."""

import pytest

from desk.shop.tests.reading import read_message
from stock.models import Payment
from stock.tests.test_payments import cash, sell
from testing.browser import read_task
from testing.cast import make_product
from users.models import User

SELL = "/shop/sell/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="4.00", quantity=20)


@pytest.fixture
def switched(alice):
    """Switch payments on, in a shop with a currency."""
    User.objects.filter(pk=alice.pk).update(uses_payments="on", currency="EUR")


def get_form(sale):
    return f"/shop/sales/{sale['id']}/return/"


def has_fields(browser, address):
    return "tendered" in (page := browser.get_page(address)) or 'name="kind"' in page


def list_payments():
    return [(one.kind, str(one.amount), one.tendered) for one in Payment.objects.order_by("pk")]


def test_a_shop_that_uses_no_payments_is_not_asked(browser, as_alice, tea):
    assert not has_fields(browser, SELL)
    sale = sell(as_alice, tea, 2).json()
    assert not has_fields(browser, get_form(sale))


@pytest.mark.parametrize(("switch", "asked"), [("auto", True), ("off", False), ("on", True)])
def test_a_shop_with_a_payment_is_asked_unless_it_is_switched_off(browser, as_alice, alice, tea, switch, asked):
    User.objects.filter(pk=alice.pk).update(uses_payments=switch)
    assert has_fields(browser, SELL) is (switch == "on")
    sale = sell(as_alice, tea, 2, cash()).json()
    assert (has_fields(browser, SELL), has_fields(browser, get_form(sale))) == (asked, asked)


def test_sell_books_all_of_it_and_says_the_change(browser, switched, tea):
    response = browser.send_task(SELL, {"product": "Tea", "quantity": "3"}, kind="cash", tendered="20")
    assert read_message(browser, response).endswith("Change: 8.00 EUR.")
    assert [(kind, amount, str(tendered)) for kind, amount, tendered in list_payments()] == [("cash", "12.00", "20.00")]


def test_sell_books_a_part_or_nothing(browser, switched, tea):
    response = browser.send_task(SELL, {"product": "Tea"}, kind="card", amount="1.50")
    assert read_message(browser, response) == "Sold 1 of Tea: 19 in stock."
    browser.send_task(SELL, {"product": "Tea"}, kind="later")
    assert list_payments() == [("card", "1.50", None)]


def test_sell_asks_how_it_is_paid_and_shows_what_is_refused(browser, switched, tea):
    assert "Choose one." in browser.send_task(SELL, {"product": "Tea"}).text
    refused = browser.send_task(SELL, {"product": "Tea"}, kind="cash", amount="5.00")
    assert "4.00 is left to pay: 5.00 is more than that." in refused.text
    assert read_task(refused.text)["amount"] == ["5.00"]
    assert "greater than or equal to 0.01" in browser.send_task(SELL, {"product": "Tea"}, kind="cash", amount="0").text
    assert not Payment.objects.exists()


def test_return_gives_back_what_came_back_and_says_it(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3, cash()).json()
    response = browser.send_task(get_form(sale), quantity=["2"], kind="cash")
    assert read_message(browser, response) == "Took back 1 line. Give back 8.00 EUR."
    response = browser.send_task(get_form(sale), quantity=["1"], kind="later")
    assert read_message(browser, response) == "Took back 1 line."
    assert list_payments() == [("cash", "12.00", None), ("cash", "-8.00", None)]


def test_return_says_what_to_give_back_in_a_shop_without_payments(browser, as_alice, tea):
    sale = sell(as_alice, tea, 3, discount={"percent": "50"}).json()
    response = browser.send_task(get_form(sale), quantity=["2"])
    assert read_message(browser, response) == "Took back 1 line. Give back 4.00."


def test_nothing_is_given_back_of_what_was_not_paid(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3).json()
    assert not has_fields(browser, get_form(sale))
    assert read_message(browser, browser.send_task(get_form(sale), quantity=["2"])) == "Took back 1 line."


def test_return_offers_what_was_paid_and_how(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3, {"kind": "card", "amount": "5.00"}).json()
    page = browser.get_page(get_form(sale))
    assert "<output>5.00 EUR</output>" in page
    assert read_task(page)["kind"] == ["card"]
    unpaid = sell(as_alice, tea, 3).json()
    assert "there is nothing to give back" in browser.get_page(get_form(unpaid))
