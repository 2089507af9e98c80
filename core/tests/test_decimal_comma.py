"""Forms of the pages accept a comma wherever it can't mean thousands. Programs send a point."""

from decimal import Decimal

import pytest

from products.models import Product
from stock.models import Movement
from testing.cast.people import client_of, make_product
from testing.reading.browser import Browser
from testing.tables import all_cases


@pytest.fixture
def european(alice):
    alice.csv_format = "european"
    alice.save(update_fields=["csv_format"])
    return Browser(alice)


@pytest.mark.parametrize("typed", ["9,90", "9,9", " 9,90 ", "9.90", "9.9"])
def test_a_form_takes_a_comma_or_a_point(european, typed):
    assert european.send_task("/shop/products/add/", name="Cup", price=typed).status_code == 303
    assert Product.objects.get(name="Cup").price == Decimal("9.90")


def test_a_form_takes_points_between_thousands_before_a_comma(european):
    assert european.send_task("/shop/products/add/", name="Cup", price="1.234,50").status_code == 303
    assert Product.objects.get(name="Cup").price == Decimal("1234.50")


@all_cases("typed", ["1,234", "1.234", "9,", ",9", "1,234.50", "12.34,50", "1,2,3", "-9,90", "9,90" * 500])
def test_a_form_refuses_what_can_be_read_in_two_ways_and_shows_it_as_typed(european, typed):
    refused = european.send_task("/shop/products/add/", name="Cup", price=typed)
    assert refused.status_code == 400
    assert f'value="{typed}"' in refused.text


def test_a_refused_form_shows_the_price_as_it_was_typed(european):
    refused = european.send_task("/shop/products/add/", name="", price="9,90")
    assert refused.status_code == 400
    assert 'value="9,90"' in refused.text


def test_a_changed_price_takes_a_comma(european, kettle):
    assert european.put(f"/api/products/{kettle.pk}/", price="12,50").status_code == 303
    kettle.refresh_from_db()
    assert kettle.price == Decimal("12.50")


def test_a_worker_types_as_the_shop_does(european, bob, kettle):
    sold = {"product": "kettle", "quantity": 1, "unit_price": "8,50"}
    assert Browser(bob).send_task("/shop/sell/", sold).status_code == 303
    assert Movement.objects.get(movement_type="OUT").unit_price == Decimal("8.50")


@pytest.mark.parametrize(
    ("typed", "price"),
    [("9,90", "9.90"), ("9,9", "9.90"), ("1234,50", "1234.50"), ("1.234,50", "1234.50"), ("1,234.50", "1234.50")],
)
def test_a_shop_that_writes_a_point_takes_a_comma_that_cannot_mean_thousands(alice, typed, price):
    assert Browser(alice).send_task("/shop/products/add/", name="Cup", price=typed).status_code == 303
    assert Product.objects.get(name="Cup").price == Decimal(price)


@all_cases("typed", ["1,234", "1.234", "9,", ",9", "1,23.50", "12,34,50", "1,2,3", "-9,90"])
def test_a_shop_that_writes_a_point_refuses_what_can_be_read_in_two_ways(alice, typed):
    assert Browser(alice).send_task("/shop/products/add/", name="Cup", price=typed).status_code == 400


@all_cases("typed", ["9,90", "9.90"])
def test_a_filter_of_a_page_takes_a_comma(alice, kettle, typed):
    make_product(alice, "Cup", 1, price="9.80")
    make_product(alice, "Pot", 1, price="9.95")
    page = Browser(alice).get_page(f"/api/products/?min_price={typed}&max_price={typed.replace('90', '99')}")
    assert ("Pot" in page, ">Cup<" in page) == (True, False)


def test_a_filter_of_programs_has_a_point(as_alice):
    assert as_alice.get("/api/products/?min_price=9,90").status_code == 400


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_programs_send_a_point(european, alice, form):
    body = {"name": "Cup", "price": "9,90"}
    assert client_of(alice).post("/api/products/", body, format=form).status_code == 400
