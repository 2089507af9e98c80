"""The pages of reservations, for people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reservations.models import Reservation
from testing.cast import PASSWORD
from testing.reservations import reserve

HTML = {"Accept": "text/html"}


@pytest.fixture
def browser(client, alice):
    client.login(username="alice", password=PASSWORD)
    return client


def read(browser, address):
    response = browser.get(address, headers=HTML)
    assert response.status_code == 200
    return response.text


def test_the_list_names_products(browser, as_alice, kettle):
    reserve(as_alice, kettle, 3, reference="cart 1")
    assert "3 of Kettle" in read(browser, "/api/stock/reservations/")


def test_an_open_reservation_has_its_buttons_and_a_closed_one_has_none(browser, as_alice, kettle):
    address = f"/api/stock/reservations/{reserve(as_alice, kettle)['id']}/"
    for action in ("fulfil", "extend", "release"):
        assert f'href="{address}{action}/"' in read(browser, address)
    as_alice.post(f"{address}release/")
    assert f'href="{address}fulfil/"' not in read(browser, address)


def test_a_form_reserves_and_leads_to_the_reservation(browser, kettle):
    form = {"lines[0]product": "kett", "lines[0]quantity": "3", "expires_in": "3600", "reference": "for Nora"}
    response = browser.post("/api/stock/reservations/", form, headers=HTML)
    made = Reservation.objects.get()
    assert (response.status_code, response.headers["Location"]) == (303, f"/api/stock/reservations/{made.pk}/")
    assert (made.expires_at - made.created_at).total_seconds() == 3600
    assert "Reserved 1 line." in read(browser, response.headers["Location"])


def test_an_empty_duration_of_a_form_means_until_it_is_released(browser, kettle):
    form = {"lines[0]product": "kett", "lines[0]quantity": "3", "expires_in": ""}
    assert browser.post("/api/stock/reservations/", form, headers=HTML).status_code == 303
    assert Reservation.objects.get().expires_at is None


def test_the_form_of_a_product_is_filled(browser, kettle):
    page = read(browser, f"/api/stock/reservations/?_product={kettle.pk}")
    assert f'value="Kettle (#{kettle.pk})"' in page
    assert '<option value="86400" selected>A day</option>' in page


def test_an_empty_form_sells_all_that_is_reserved(browser, as_alice, kettle):
    made = reserve(as_alice, kettle, 3)
    address = f"/api/stock/reservations/{made['id']}/fulfil/"
    assert "By default all that is reserved" in browser.get(address, headers=HTML).text
    response = browser.post(address, {"lines[0]product": "", "reference": "", "note": ""}, headers=HTML)
    operation = Reservation.objects.get().operation_id
    assert (response.status_code, response.headers["Location"]) == (303, f"/api/stock/operations/{operation}/")


@pytest.mark.parametrize("action", ["extend", "release"])
def test_the_other_forms_lead_back_to_the_reservation(browser, as_alice, kettle, action):
    address = f"/api/stock/reservations/{reserve(as_alice, kettle)['id']}/"
    response = browser.post(f"{address}{action}/", {"expires_in": "604800"}, headers=HTML)
    assert (response.status_code, response.headers["Location"]) == (303, address)


def test_the_page_of_a_product_shows_what_is_reserved(browser, as_alice, kettle):
    address = f"/api/products/{kettle.pk}/"
    before = read(browser, address)
    assert ">Reserved<" not in before
    assert f"/api/stock/reservations/?_product={kettle.pk}#" in before
    made = reserve(as_alice, kettle, 3, reference="cart 1", expires_in=None)
    page = read(browser, address)
    for part in (">Reserved<", ">Available<", "cart 1", f'href="/api/stock/reservations/{made["id"]}/"'):
        assert part in page


def test_the_page_of_a_product_takes_one_statement_more(browser, as_alice, kettle, django_assert_num_queries):
    address = f"/api/products/{kettle.pk}/"
    with CaptureQueriesContext(connection) as before:
        read(browser, address)
        number = len(before)
    reserve(as_alice, kettle, 3)
    with django_assert_num_queries(number + 1):
        read(browser, address)


def test_the_page_of_the_feed_leads_to_the_reservation(browser, as_alice, kettle):
    made = reserve(as_alice, kettle, 3)
    page = read(browser, "/api/events/")
    assert "Reservation made" in page
    assert f'<a href="/api/stock/reservations/{made["id"]}/">reservation {made["id"]}</a>' in page
