"""The pages of reservations, for people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from testing.cast.people import PASSWORD, make_user
from testing.cast.reservations import reserve
from testing.reading.browser import Browser, find_form
from testing.tables import all_cases
from users.access.roles import Role

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
    made = reserve(as_alice, kettle)["id"]
    address, fulfil = f"/api/stock/reservations/{made}/", f"/shop/reservations/{made}/fulfil/"
    for action in (fulfil, find_form(f"{address}extend/", "post"), find_form(f"{address}release/", "post")):
        assert f'href="{action}"' in read(browser, address)
    as_alice.post(f"{address}release/")
    assert f'href="{fulfil}"' not in read(browser, address)


def test_a_viewer_has_no_buttons_of_forms_that_viewers_may_not_send(alice, as_alice, kettle):
    address = f"/api/stock/reservations/{reserve(as_alice, kettle)['id']}/"
    viewer = make_user("vera", role=Role.VIEWER, employer=alice)
    assert "Delivery note" in Browser(viewer).get_page(address)
    assert Browser(viewer).list_buttons(address) == []


@all_cases(("action", "typed"), [("extend", {"expires_in": "604800"}), ("release", {})])
def test_the_other_forms_lead_back_to_the_reservation(alice, as_alice, kettle, action, typed):
    address = f"/api/stock/reservations/{reserve(as_alice, kettle)['id']}/"
    response = Browser(alice).post(f"{address}{action}/", **typed)
    assert (response.status_code, response.headers["Location"]) == (303, address)


def test_a_reservation_is_extended_by_a_day_or_without_an_end(alice, as_alice, kettle):
    owner, address = Browser(alice), f"/api/stock/reservations/{reserve(as_alice, kettle)['id']}/"
    assert owner.form_values(f"{address}extend/", "post")["expires_in"] == "86400"
    assert owner.post(f"{address}extend/", expires_in="").status_code == 303
    assert as_alice.get(address).json()["expires_at"] is None


def test_the_page_of_a_product_shows_what_is_reserved(browser, as_alice, kettle):
    address = f"/api/products/{kettle.pk}/"
    before = read(browser, address)
    assert "<dt>Reserved</dt>" not in before
    assert f"/shop/reserve/?product={kettle.pk}&amp;back={kettle.pk}" in before
    made = reserve(as_alice, kettle, 3, reference="cart 1", expires_in=None)
    page = read(browser, address)
    for part in (
        "<dt>Reserved</dt><dd><span>3</span>",
        "<dt>Available</dt><dd><span>7</span>",
        "cart 1",
        f'href="/api/stock/reservations/{made["id"]}/"',
    ):
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


@all_cases("address", ["/api/stock/reservations/", "/api/quotes/"])
def test_filters_have_the_words_of_the_form(alice, address):
    page = Browser(alice).get_page(address)
    assert ("For whom" in page, "Document no." in page) == (True, False)


@all_cases("address", ["/api/stock/reservations/", "/api/stock/operations/", "/api/purchase-orders/", "/api/quotes/"])
def test_a_filter_that_is_not_set_says_any(alice, address):
    page = Browser(alice).get_page(address)
    assert ('<option value="" selected>Any</option>' in page, "-----" in page) == (True, False)
