"""The page of orders: what to hand out, what to order, and what is open."""

import re
from datetime import timedelta

import pytest

from testing.cast.orders import post, send_order, write_order
from testing.cast.people import make_product
from testing.cast.reservations import reserve
from testing.reading.browser import Browser

ORDERS = "/shop/orders/"


@pytest.fixture
def flour(alice, mill):
    return make_product(alice, "Flour", 4, sku="F", supplier=mill, pack_size=12)


def read_table(page, title):
    """Return the texts of the table with this title, or those of the sentence in its place."""
    section = re.search(rf"<h2>{title}</h2>(.*?)</section>", page, re.DOTALL)[1]
    return re.sub(r"<[^>]+>|\s+", " ", section)


def test_shows_what_is_to_be_handed_out_today(browser, alice, as_alice, flour, salt):
    reserve(as_alice, flour, 1, wanted_on=str(alice.shop_today()))
    reserve(as_alice, salt, 1, wanted_on=str(alice.shop_today() + timedelta(days=1)))
    page = browser.get_page(ORDERS)
    today, every = read_table(page, "To hand out today"), read_table(page, "Customers&#x27; orders")
    assert [("Flour" in table, "Salt" in table) for table in (today, every)] == [(True, False), (True, True)]


@pytest.fixture
def salt(alice, mill):
    return make_product(alice, "Salt", 30, sku="S", supplier=mill)


def test_shows_what_to_order_of_whom(browser, flour, salt):
    needed = read_table(browser.get_page(ORDERS), "Tomorrow&#x27;s order")
    assert re.search(r"Flour .* Mill .* 12", needed)
    assert "Salt" not in needed


def test_shows_what_is_on_its_way_and_what_is_a_draft(browser, as_alice, mill, flour, salt):
    write_order(as_alice, mill, salt)
    send_order(as_alice, mill, flour)
    done = send_order(as_alice, mill, make_product(flour.owner, "Rye", supplier=mill))
    post(as_alice, done, "receive", lines=[{"product": done["lines"][0]["product"], "quantity": 5}])
    open_ones = read_table(browser.get_page(ORDERS), "Ordered from suppliers")
    assert ["Flour" in open_ones, "Salt" in open_ones, "Rye" in open_ones] == [True, True, False]


def test_leads_to_the_full_lists_and_to_new_orders(browser, flour):
    page = browser.get_page(ORDERS)
    for address in (
        "/api/stock/reservations/", "/api/purchase-orders/", "/api/reports/reorder/", "/shop/reserve/", "/shop/order/",
    ):  # fmt: skip
        assert f'href="{address}"' in page


@pytest.mark.quick
def test_a_worker_reserves_and_writes_no_orders(bob):
    page = Browser(bob).get_page(ORDERS)
    assert ['href="/shop/reserve/"' in page, 'href="/shop/order/"' in page] == [True, False]


def test_a_shop_without_orders_says_so(browser, charlie, as_charlie):
    page = browser.get_page(ORDERS)
    assert "Nothing is ordered." in read_table(page, "To hand out today")
    assert "Nothing is ordered." in read_table(page, "Ordered from suppliers")


def test_the_orders_of_others_are_not_there(browser, charlie, as_charlie):
    reserve(as_charlie, make_product(charlie, "Rum", 5), 1)
    assert "Rum" not in browser.get_page(ORDERS)


def test_the_old_address_leads_to_what_is_to_be_handed_out(browser, alice):
    answer = browser.client.get("/shop/hand-out/")
    assert answer.headers["Location"].startswith("/api/stock/reservations/?state=open&wanted_before=")
