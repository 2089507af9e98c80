"""The pages of purchase orders, for people."""

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.pages.widgets import OMITTED, find_widget
from products.models import Product
from purchasing.lines import MAX_LINES
from purchasing.models import Order, OrderLine
from purchasing.serializers import OrderedLineSerializer, ReceivedLineSerializer
from stock.models import Holding, Operation
from testing.browser import Browser
from testing.cast import PASSWORD, make_location, make_product
from testing.orders import ADDRESS, make_supplier, post, send_order, write_order

HTML = {"Accept": "text/html"}


@pytest.fixture
def mill(alice):
    return make_supplier(alice)


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
    assert f'href="{address}send/"' in page
    assert f'href="{address}receive/"' not in page
    post(as_alice, made, "send")
    page = read(browser, address)
    for action, is_offered in (("send", False), ("receive", True), ("close", True)):
        assert (f'href="{address}{action}/"' in page) == is_offered
    post(as_alice, made, "close")
    assert f'href="{address}receive/"' not in read(browser, address)


def test_only_the_page_of_a_draft_has_the_forms_to_change_and_delete_it(browser, as_alice, mill, kettle):
    made = write_order(as_alice, mill, kettle)
    forms = ("put-object-form", "delete-object-form")
    page = read(browser, f"{ADDRESS}{made['id']}/")
    assert [f'id="{form}"' in page for form in forms] == [True, True]
    post(as_alice, made, "send")
    page = read(browser, f"{ADDRESS}{made['id']}/")
    assert [f'id="{form}"' in page for form in forms] == [False, False]


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


def test_a_form_writes_a_draft_and_leads_to_it(browser, alice, mill, kettle):
    form = {"supplier": "mil", "lines[0]product": "kett", "lines[0]quantity": "3", "lines[0]unit_cost": "1.50"}
    response = browser.post(ADDRESS, {**form, "expected_on": "", "reference": "", "note": ""}, headers=HTML)
    made = Order.objects.get()
    assert (response.status_code, response.headers["Location"]) == (303, f"{ADDRESS}{made.pk}/")
    assert "Wrote a draft of 1 line to Mill." in read(browser, response.headers["Location"])


def test_a_form_with_a_text_in_place_of_its_lines_is_refused_with_an_error_of_the_line(browser, mill):
    response = browser.post(ADDRESS, {"supplier": mill.pk, "lines": "x"}, headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert [line["line"] for line in response.json()["lines"]] == [0]
    assert not Order.objects.exists()


def test_the_form_that_edits_a_draft_has_its_lines(browser, as_alice, mill, kettle):
    made = write_order(as_alice, mill, kettle, quantity=7)
    page = read(browser, f"{ADDRESS}{made['id']}/")
    for part in (f'value="Kettle (#{kettle.pk})"', 'value="7"', "selected >Mill<"):
        assert part in page


def test_a_form_receives_what_it_says_and_leads_to_the_operation(browser, as_alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    form = {"lines[0]product": "kett", "lines[0]quantity": "5", "reference": "", "note": ""}
    response = browser.post(f"{ADDRESS}{made['id']}/receive/", form, headers=HTML)
    operation = Operation.objects.latest("id")
    assert (response.status_code, response.headers["Location"]) == (303, f"/api/stock/operations/{operation.pk}/")
    assert Product.objects.get(pk=kettle.pk).quantity == 15


@pytest.mark.parametrize("form", [{}, {"lines[0]product": "", "lines[0]quantity": " "}, {"lines[0]location": "Shelf"}])
def test_an_emptied_form_receives_nothing_and_says_what_to_do(browser, as_alice, mill, kettle, form):
    made = send_order(as_alice, mill, kettle)
    response = browser.post(f"{ADDRESS}{made['id']}/receive/", {**form, "reference": "", "note": ""}, headers=HTML)
    assert response.status_code == 400
    assert "Write what has arrived" in response.text
    assert Product.objects.get(pk=kettle.pk).quantity == 10


def test_a_form_receives_no_line_with_the_quantity_0(browser, as_alice, alice, mill, kettle):
    made = send_order(as_alice, mill, kettle, make_product(alice, "Pot"))
    form = read_form(alice, made) | {"lines[0]quantity": " 0"}
    assert submit(browser, made, form).status_code == 303
    lines = as_alice.get(f"{ADDRESS}{made['id']}/").json()["lines"]
    assert [(line["received"], line["outstanding"]) for line in lines] == [(0, 5), (5, 0)]


def test_a_form_with_the_quantity_0_in_all_lines_is_refused(browser, as_alice, alice, mill, kettle):
    made = send_order(as_alice, mill, kettle, make_product(alice, "Pot"))
    form = read_form(alice, made) | {"lines[0]quantity": "0", "lines[1]quantity": "0"}
    response = submit(browser, made, form)
    assert (response.status_code, "Write what has arrived" in response.text) == (400, True)
    assert not Operation.objects.filter(reason="purchase").exists()


def test_a_program_leaves_a_line_out_instead_of_sending_the_quantity_0(as_alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    response = post(as_alice, made, "receive", lines=[{"product": kettle.pk, "quantity": 0}])
    assert (response.status_code, response.json()["lines"][0]["line"]) == (400, 0)


def test_a_form_of_a_program_without_lines_receives_all_that_is_outstanding(as_alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    response = as_alice.post(f"{ADDRESS}{made['id']}/receive/", {"note": "all"}, format="multipart")
    assert response.status_code == 201
    assert Product.objects.get(pk=kettle.pk).quantity == 15


def test_the_form_that_receives_is_filled_with_what_is_outstanding(browser, as_alice, alice, mill, kettle):
    made = send_order(as_alice, mill, kettle, make_product(alice, "Pot"))
    post(as_alice, made, "receive", lines=[{"product": kettle.pk, "quantity": 2}])
    address = f"{ADDRESS}{made['id']}/receive/?_outstanding=1"
    assert address in read(browser, f"{ADDRESS}{made['id']}/")
    form = browser.get(address, headers=HTML).text
    for part in (f'value="Kettle (#{kettle.pk})"', 'value="3"', 'value="5"'):
        assert part in form
    post(as_alice, made, "receive")
    assert "_outstanding" not in read(browser, f"{ADDRESS}{made['id']}/")


def read_form(alice, made):
    """Return the values of the form that is filled with the outstanding quantities."""
    return Browser(alice).form_values(f"{ADDRESS}{made['id']}/receive/?_outstanding=1", "post")


def submit(browser, made, form):
    return browser.post(f"{ADDRESS}{made['id']}/receive/", form, headers=HTML)


def test_two_filled_forms_of_the_same_delivery_book_it_once(browser, as_alice, alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    first, second = read_form(alice, made), read_form(alice, made)
    assert first["expected_deliveries"] == "0"
    assert submit(browser, made, first).status_code == 303
    refused = submit(browser, made, second)
    assert refused.status_code == 409
    assert "order_received_meanwhile" in refused.text
    assert submit(browser, made, second).status_code == 409  # the page of the refusal has the same number
    assert Product.objects.get(pk=kettle.pk).quantity == 15


def test_control_without_the_number_both_forms_are_booked(browser, as_alice, alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    forms = [read_form(alice, made), read_form(alice, made)]
    assert [submit(browser, made, {**form, "expected_deliveries": ""}).status_code for form in forms] == [303, 303]
    assert Product.objects.get(pk=kettle.pk).quantity == 20


def test_a_form_that_was_opened_after_a_delivery_books_the_rest(browser, as_alice, alice, mill, kettle):
    made = send_order(as_alice, mill, kettle)
    post(as_alice, made, "receive", lines=[{"product": kettle.pk, "quantity": 2}])
    form = read_form(alice, made)
    assert form["expected_deliveries"] == "1"
    assert submit(browser, made, form).status_code == 303
    assert Product.objects.get(pk=kettle.pk).quantity == 15


@pytest.fixture
def long_order(as_alice, alice, mill):
    """Return a draft of 90 products with costs, in a shop that has places."""
    make_location(alice, "Shelf")
    return write_order(as_alice, mill, *[make_product(alice, f"Pot {n}", cost_price="2.50") for n in range(90)])


@pytest.mark.check
def test_the_form_of_a_long_delivery_is_accepted_with_places(browser, as_alice, alice, long_order):
    post(as_alice, long_order, "send")
    form = read_form(alice, long_order)
    assert "lines[0]lot" in form
    assert "lines[1]lot" not in form  # the page's script omits empty cells
    places = {f"lines[{n}]location": "Shelf" for n in range(90)}
    assert submit(browser, long_order, form | places).status_code == 303
    assert Holding.objects.filter(location__name="Shelf", quantity=5).count() == 90


@pytest.mark.check
def test_the_form_of_a_long_draft_is_accepted(alice, long_order):
    browser, address = Browser(alice), f"{ADDRESS}{long_order['id']}/"
    assert browser.put(address, **{"lines[89]quantity": "7"}).status_code == 200
    assert OrderLine.objects.filter(order=long_order["id"], quantity=7, unit_cost="2.50").count() == 1


@pytest.mark.parametrize("line_serializer", [OrderedLineSerializer, ReceivedLineSerializer])
def test_the_longest_form_has_no_more_fields_than_a_form_may_have(line_serializer):
    fields = [field for field in line_serializer().fields.values() if find_widget(field) is not OMITTED]
    assert len(fields) * MAX_LINES <= settings.MAX_FORM_FIELDS - 50


def test_the_form_of_a_missing_order_has_no_lines(browser, db):
    assert browser.get(f"{ADDRESS}999999/receive/?_outstanding=1", headers=HTML).status_code == 405


def count_statements(browser, address):
    with CaptureQueriesContext(connection) as captured:
        browser.get(address, headers=HTML)
    return len(captured)


@pytest.mark.check
def test_the_forms_of_an_order_take_as_many_statements_for_many_lines_as_for_one(browser, as_alice, alice, mill):
    counts = []
    for number in (1, 20):
        pots = [make_product(alice, f"Pot {number} {n}") for n in range(number)]
        draft, sent = write_order(as_alice, mill, *pots), send_order(as_alice, mill, *pots)
        addresses = (f"{ADDRESS}{draft['id']}/", f"{ADDRESS}{sent['id']}/receive/?_outstanding=1")
        counts.append([count_statements(browser, address) for address in addresses])
    assert counts[0] == counts[1]


def test_a_scanned_code_receives_a_line(browser, as_alice, alice, mill):
    pot = make_product(alice, "Pot", barcode="4006381333931")
    made = send_order(as_alice, mill, pot)
    form = {"lines[0]product": "4006381333931", "lines[0]quantity": "2"}
    assert browser.post(f"{ADDRESS}{made['id']}/receive/", form, headers=HTML).status_code == 303
    assert Product.objects.get(pk=pot.pk).quantity == 2


@pytest.mark.parametrize("action", ["send", "close"])
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
