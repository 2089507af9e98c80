"""The pages of purchase orders, for people."""

import html
import re

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Product
from stock.models import Holding
from testing.cast.orders import ADDRESS, post, send_order, write_order
from testing.cast.people import PASSWORD, make_location, make_product
from testing.reading.browser import Browser, find_form
from testing.reading.inputs import InputReader
from testing.tables import all_cases
from trade.purchasing.lines import MAX_LINES
from trade.purchasing.models import Order, OrderLine
from trade.purchasing.order_pages import DraftPage, OrderPage, ReceiveOrderPage

HTML = {"Accept": "text/html"}


@pytest.fixture
def browser(client, alice):
    client.login(username="alice", password=PASSWORD)
    return client


def read(browser, address):
    response = browser.get(address, headers=HTML)
    assert response.status_code == 200
    return response.text


def test_the_list_names_suppliers_and_products(browser, as_alice, mill, kettle):
    write_order(as_alice, mill, kettle, reference="spring")
    page = read(browser, ADDRESS)
    for part in ("Mill", "5 of Kettle", "Draft", "spring"):
        assert part in page


def test_the_page_of_an_order_has_the_buttons_of_its_state(browser, as_alice, mill, kettle):
    made = write_order(as_alice, mill, kettle)
    address = f"{ADDRESS}{made['id']}/"
    page = read(browser, address)
    send, close = find_form(f"{address}send/", "post"), find_form(f"{address}close/", "post")
    assert f'href="{send}?mail=true&amp;expected_updated_at=' in page
    receive = f'href="/shop/orders/{made["id"]}/receive/"'
    assert receive not in page
    post(as_alice, made, "send")
    page = read(browser, address)
    assert (f'href="{send}' in page, receive in page, f'href="{close}"' in page) == (False, True, True)
    post(as_alice, made, "close")
    assert receive not in read(browser, address)


def test_the_buttons_of_a_draft_say_whether_they_mail_it(alice, as_alice, mill, kettle):
    made = write_order(as_alice, mill, kettle)
    owner, address = Browser(alice), f"{ADDRESS}{made['id']}/"
    page = owner.get_page(address)
    assert ">Mark as sent</button>" in page
    assert ">Send by mail</a>" in page
    form = find_form(f"{address}send/", "post")
    assert "is marked as sent: what it orders counts as on order." in owner.get_page(form)
    assert "mail" not in owner.task_values(form)
    assert owner.task_values(f"{form}?mail=true")["mail"] == ["true"]


@all_cases("button", ["Mark as sent", "Send by mail"])
def test_a_draft_is_not_sent_if_it_has_changed_since_its_page_was_opened(alice, as_alice, mill, kettle, button):
    owner, made = Browser(alice), write_order(as_alice, mill, kettle)
    address = f"{ADDRESS}{made['id']}/send/"
    page = owner.get_page(f"{ADDRESS}{made['id']}/")
    form = {name: one.texts for name, one in InputReader(page.partition(f'"{address}"')[2]).inputs.items()}
    if button == "Send by mail":
        address = html.unescape(re.search(f'href="({find_form(address, "post")}[^"]*)', page)[1])
        form = owner.task_values(address)
    as_alice.patch(f"{ADDRESS}{made['id']}/", {"note": "first"})
    assert owner.client.post(address, form).status_code == 409
    assert as_alice.get(f"{ADDRESS}{made['id']}/").json()["state"] == "draft"


def test_the_form_that_deletes_a_draft_says_what_it_does(alice, as_alice, mill, kettle):
    form = find_form(f"{ADDRESS}{write_order(as_alice, mill, kettle)['id']}/", "delete")
    assert "Delete a draft. A sent order is closed instead." in Browser(alice).get_page(form)


def test_only_the_page_of_a_draft_has_the_forms_to_change_and_delete_it(browser, as_alice, mill, kettle):
    made = write_order(as_alice, mill, kettle)
    forms = (f'href="/shop/orders/{made["id"]}/"', f'href="/shop/delete/purchase-orders/{made["id"]}/"')
    page = read(browser, f"{ADDRESS}{made['id']}/")
    assert [form in page for form in forms] == [True, True]
    post(as_alice, made, "send")
    page = read(browser, f"{ADDRESS}{made['id']}/")
    assert [form in page for form in forms] == [False, False]


def test_a_worker_is_offered_to_receive_alone(client, bob, as_alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    client.login(username="bob", password=PASSWORD)
    page = read(client, f"{ADDRESS}{made['id']}/")
    assert "/receive/" in page
    assert "/close/" not in page


def test_the_page_shows_what_has_arrived_and_leads_to_the_deliveries(browser, as_alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    operation = post(as_alice, made, "receive").json()
    page = read(browser, f"{ADDRESS}{made['id']}/")
    assert f'href="/api/stock/operations/{operation["id"]}/"' in page
    assert "Received" in page


def test_a_form_with_a_text_in_place_of_its_lines_is_refused_with_an_error_of_the_line(browser, mill):
    response = browser.post(ADDRESS, {"supplier": mill.pk, "lines": "x"}, headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert [line["line"] for line in response.json()["lines"]] == [0]
    assert not Order.objects.exists()


def test_a_program_leaves_a_line_out_instead_of_sending_the_quantity_0(as_alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    response = post(as_alice, made, "receive", lines=[{"product": kettle.pk, "quantity": 0}])
    assert (response.status_code, response.json()["lines"][0]["line"]) == (400, 0)


def test_a_form_of_a_program_without_lines_receives_all_that_is_outstanding(as_alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    response = as_alice.post(f"{ADDRESS}{made['id']}/receive/", {"note": "all"}, format="multipart")
    assert response.status_code == 201
    assert Product.objects.get(pk=kettle.pk).quantity == 15


@pytest.fixture
def long_order(as_alice, alice, mill):
    """Return a draft of 90 products with costs, in a shop that has places."""
    make_location(alice, "Shelf")
    return write_order(as_alice, mill, *[make_product(alice, f"Pot {n}", cost_price="2.50") for n in range(90)])


def test_the_form_of_a_long_delivery_is_accepted_with_places(browser, as_alice, alice, long_order):
    post(as_alice, long_order, "send")
    address = f"/shop/orders/{long_order['id']}/receive/"
    assert Browser(alice).send_task(address, location=["Shelf"] * 90, quantity=["5"] * 90).status_code == 303
    assert Holding.objects.filter(location__name="Shelf", quantity=5).count() == 90


def test_the_form_of_a_long_draft_is_accepted(alice, long_order):
    address = f"/shop/orders/{long_order['id']}/"
    assert Browser(alice).send_task(address, quantity=["5"] * 89 + ["7"]).status_code == 303
    assert OrderLine.objects.filter(order=long_order["id"], quantity=7, unit_cost="2.50").count() == 1


@all_cases("page", [OrderPage, DraftPage, ReceiveOrderPage])
def test_the_longest_form_has_no_more_fields_than_a_form_may_have(page):
    assert len(page.columns) * MAX_LINES <= settings.MAX_FORM_FIELDS - 50


def count_statements(browser, address):
    with CaptureQueriesContext(connection) as captured:
        browser.get(address, headers=HTML)
    return len(captured)


def test_the_forms_of_an_order_take_as_many_statements_for_many_lines_as_for_one(browser, as_alice, alice, mill):
    counts = []
    for number in (1, 20):
        pots = [make_product(alice, f"Pot {number} {n}") for n in range(number)]
        draft, sent = write_order(as_alice, mill, *pots), send_order(as_alice, mill, *pots)
        addresses = (f"/shop/orders/{draft['id']}/", f"/shop/orders/{sent['id']}/receive/")
        counts.append([count_statements(browser, address) for address in addresses])
    assert counts[0] == counts[1]


@all_cases("action", ["send", "close"])
def test_the_other_forms_lead_back_to_the_order(browser, as_alice, mill, kettle, action):
    made = (write_order if action == "send" else send_order)(as_alice, mill, kettle)
    address = f"{ADDRESS}{made['id']}/"
    response = browser.post(f"{address}{action}/", {}, headers=HTML)
    assert (response.status_code, response.headers["Location"]) == (303, address)


def test_the_page_of_the_feed_leads_to_the_order(browser, as_alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    page = read(browser, "/api/events/")
    assert "Order sent" in page
    assert f'<a href="{ADDRESS}{made["id"]}/">order {made["id"]}</a>' in page


def test_the_page_of_a_product_shows_what_is_on_order_and_when_it_comes(browser, as_alice, mill, kettle):
    address = f"/api/products/{kettle.pk}/"
    assert ">On order<" not in read(browser, address)
    made = send_order(as_alice, mill, kettle, expected_on="2031-05-01")
    page = read(browser, address)
    for part in (">On order<", f'href="{ADDRESS}{made["id"]}/"', "2031-05-01"):
        assert part in page
