"""A new name of a customer on Sell, in an order and in a quote adds the customer with it, or neither of them."""

import html

import pytest
from django.test import Client

from desk.shop.tests.reading import find_choices, find_field_errors, read_message
from stock.models import Operation
from testing.cast.reservations import reserve
from testing.races import run_concurrently
from testing.reading.browser import HTML, Browser, read_task
from testing.tables import all_cases
from trade.customers.models import Buyer, Customer
from trade.quotes.models import Quote
from trade.reservations.models import Reservation

SELL, ORDER, QUOTE = "/shop/sell/", "/shop/reserve/", "/shop/quote/"
LINE = {"product": "earl", "quantity": 2}
PAGES = [(SELL, Buyer), (ORDER, Reservation), (QUOTE, Quote)]


@pytest.fixture
def ada(alice):
    return Customer.objects.create(owner=alice, name="Ada Fern", email="ada@fern.example", phone="+44 20 7946 0456")


def send_again(browser, address, response):
    return browser.client.post(address, read_task(response.text))


@all_cases(("address", "model"), PAGES)
def test_a_new_name_adds_the_customer(browser, earl, address, model):
    assert "A new name adds a customer." in browser.get_page(address)
    made = browser.send_task(address, LINE, customer="  Ben   Moss ")
    assert read_message(browser, made).endswith("Ben Moss is a new customer.")
    assert model.objects.get().customer == Customer.objects.get(name="Ben Moss")


@all_cases(("address", "model"), PAGES[:2])
def test_what_is_refused_adds_no_customer(browser, earl, address, model):
    assert browser.send_task(address, {**LINE, "quantity": 10}, customer="Ben Moss").status_code == 400
    assert (Customer.objects.count(), model.objects.count()) == (0, 0)


def test_a_change_of_an_order_adds_the_customer(browser, as_alice, earl):
    order = reserve(as_alice, earl, 1)
    assert browser.send_task(f"/shop/reservations/{order['id']}/", customer="Ben Moss").status_code == 303
    assert Reservation.objects.get().customer.name == "Ben Moss"


def test_a_form_that_is_sent_twice_adds_one_customer_and_sells_once(browser, earl):
    values = browser.task_values(SELL) | {"product": ["earl"], "quantity": ["1"], "customer": "Ben Moss"}
    assert [browser.client.post(SELL, values).status_code for _ in range(2)] == [303, 303]
    assert (Customer.objects.count(), Operation.objects.filter(reason="sale").count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_button_that_is_pressed_several_times_at_once_adds_one_customer(alice, earl):
    page = Browser(alice)
    values = page.task_values(SELL) | {"product": ["earl"], "quantity": ["1"], "customer": "Ben Moss"}
    presses = [Client(headers=HTML) for _ in range(3)]
    for client in presses:
        client.cookies = page.client.cookies
    assert set(run_concurrently(*[lambda one=one: one.post(SELL, values).status_code for one in presses])) == {303}
    assert (Customer.objects.count(), Operation.objects.filter(reason="sale").count()) == (1, 1)


@all_cases("text", ["Ada Fern", "ada fern", "Ada Férn", "Ada Fern (#{id})", "ADA@fern.example", "+44 20 7946 0456"])
def test_a_known_customer_is_found(browser, earl, ada, text):
    assert browser.send_task(SELL, LINE, customer=text.format(id=ada.pk)).status_code == 303
    assert (Buyer.objects.get().customer, Customer.objects.count()) == (ada, 1)


@all_cases("text", ["Ada", "Fern Ada", "Ada Ferm", "Adda Fern"])
def test_a_name_that_is_part_of_another_or_nearly_equal_is_asked_first(browser, earl, ada, text):
    asked = browser.send_task(SELL, LINE, customer=text)
    assert (asked.status_code, Customer.objects.count()) == (400, 1)
    assert find_choices(asked) == [f"customer:Ada Fern (#{ada.pk})"]
    assert "send the form again" in find_field_errors(asked, "customer")[0]
    assert send_again(browser, SELL, asked).status_code == 303
    assert Buyer.objects.get().customer.name == text


def test_the_customer_that_was_meant_is_chosen_without_a_script(browser, earl, ada):
    asked = browser.send_task(SELL, LINE, customer="Ada")
    [choice] = find_choices(asked)
    chosen = browser.client.post(SELL, {**read_task(asked.text), "chosen": choice})
    assert send_again(browser, SELL, chosen).status_code == 303
    assert Buyer.objects.get().customer == ada


def test_another_doubtful_name_is_asked_again(browser, earl, ada):
    asked = browser.send_task(SELL, LINE, customer="Ada")
    again = browser.client.post(SELL, {**read_task(asked.text), "customer": "Fern"})
    assert (again.status_code, Customer.objects.count()) == (400, 1)


def test_an_archived_customer_is_told(browser, as_alice, earl, ada):
    as_alice.delete(f"/api/customers/{ada.pk}/")
    asked = browser.send_task(SELL, LINE, customer="ada fern")
    assert "is archived" in find_field_errors(asked, "customer")[0]
    assert send_again(browser, SELL, asked).status_code == 303
    assert Buyer.objects.get().customer != ada


def test_a_customer_that_was_merged_means_the_other_one(browser, as_alice, alice, earl, ada):
    bea = Customer.objects.create(owner=alice, name="Beatrice Moss")
    as_alice.post(f"/api/customers/{ada.pk}/merge/", {"into": bea.pk})
    assert find_choices(browser.send_task(SELL, LINE, customer="Ada Fern")) == [f"customer:Beatrice Moss (#{bea.pk})"]


@all_cases("text", ["12345678", "ben@moss.example", "Ben (#999)", "---"])
def test_what_is_no_name_adds_nobody(browser, earl, text):
    refused = browser.send_task(SELL, LINE, customer=text)
    assert (refused.status_code, Customer.objects.count()) == (400, 0)
    assert "is not in the name of any customer" in html.unescape(refused.text)


def test_several_customers_of_a_name_are_offered(browser, alice, earl, ada):
    other = Customer.objects.create(owner=alice, name="Ada Fern")
    refused = browser.send_task(SELL, LINE, customer="Ada Fern")
    assert find_choices(refused) == [f"customer:Ada Fern (#{one.pk})" for one in (ada, other)]


def test_customers_of_other_shops_are_not_offered(browser, charlie, earl):
    Customer.objects.create(owner=charlie, name="Ada Fern")
    assert browser.send_task(SELL, LINE, customer="Ada Ferm").status_code == 303


def test_a_name_that_is_too_long_is_refused_at_its_field(browser, earl):
    refused = browser.send_task(SELL, LINE, customer="Ben " * 100)
    assert (refused.status_code, Operation.objects.filter(reason="sale").count()) == (400, 0)
    assert find_field_errors(refused, "customer")
