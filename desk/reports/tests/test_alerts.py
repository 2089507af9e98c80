"""Alerts: all low and all expired products, the most urgent first."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError

from core.time_zones import today
from desk.reports.reading import overview
from products.models import Product
from products.querysets import ProductQuerySet
from testing.cast.gtins import make_pair
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

URL = "/api/products/alerts/"


def fail(*_, **__):
    raise OperationalError("gone")


def list_names(client):
    answer = client.get(URL)
    assert answer.status_code == 200
    return {kind: [product["name"] for product in products] for kind, products in answer.json().items()}


def days_ahead(number):
    return today() + timedelta(days=number)


def test_a_shop_without_products_has_no_alerts(as_alice):
    answer = as_alice.get(URL)
    assert (answer.status_code, answer.content) == (200, b'{"low_stock":[],"expired":[]}')


def test_a_product_is_low_at_or_below_its_threshold(as_alice, alice):
    for quantity in (0, 4, 5, 6):
        make_product(alice, f"{quantity} left", quantity, min_threshold=5)
    make_product(alice, "None, and none needed", 0, min_threshold=0)
    assert list_names(as_alice)["low_stock"] == ["0 left", "4 left", "5 left", "None, and none needed"]


def test_low_products_are_ordered_by_shortage_and_then_by_id(as_alice, alice):
    for name, quantity, threshold in [("At", 5, 5), ("Far", 90, 100), ("Near", 1, 3), ("Too", 0, 2), ("Fine", 9, 1)]:
        make_product(alice, name, quantity, min_threshold=threshold)
    assert list_names(as_alice)["low_stock"] == ["Far", "Near", "Too", "At"]


def test_the_order_is_right_at_the_limits_of_quantities(as_alice, alice):
    make_product(alice, "Full", 1_000_000_000, min_threshold=1_000_000_000)
    make_product(alice, "Empty", 0, min_threshold=1_000_000_000)
    assert list_names(as_alice)["low_stock"] == ["Empty", "Full"]


def test_expired_products_are_ordered_by_date_and_then_by_id(as_alice, alice):
    for name, date in [("Today", 0), ("Tomorrow", 1), ("Old", -400), ("Yesterday", -1), ("Also today", 0)]:
        make_product(alice, name, 10, expiration_date=days_ahead(date))
    make_product(alice, "Never", 10)
    assert list_names(as_alice)["expired"] == ["Old", "Yesterday", "Today", "Also today"]


def test_a_product_can_be_in_both_lists(as_alice, alice):
    make_product(alice, "Milk", 1, expiration_date=days_ahead(-1))
    assert list_names(as_alice) == {"low_stock": ["Milk"], "expired": ["Milk"]}


def test_an_alert_equals_the_response_of_its_product(as_alice, alice):
    milk = make_product(alice, "Milk", 1, expiration_date=days_ahead(-1))
    product = as_alice.get(f"/api/products/{milk.pk}/").json()
    assert as_alice.get(URL).json() == {"low_stock": [product], "expired": [product]}


def test_alerts_are_complete_and_refuse_pagination_and_filters(as_alice, alice):
    Product.objects.bulk_create(
        Product(owner=alice, name=f"Low {number}", price=1, expiration_date=days_ahead(-1)) for number in range(250)
    )
    assert [len(products) for products in as_alice.get(URL).json().values()] == [250, 250]
    for query in ("?page=2", "?page_size=5", "?low_stock=false", "?ordering=-name", "?search=nothing"):
        assert as_alice.get(f"{URL}{query}").status_code == 400


def test_a_sale_starts_an_alert_and_a_delivery_ends_it(as_alice, kettle):
    assert list_names(as_alice)["low_stock"] == []
    body = {"product": kettle.pk, "quantity": 5}
    assert as_alice.post("/api/stock/", {**body, "movement_type": "OUT"}).status_code == 201
    assert list_names(as_alice)["low_stock"] == ["Kettle"]
    assert as_alice.post("/api/stock/", {**body, "movement_type": "IN"}).status_code == 201
    assert list_names(as_alice)["low_stock"] == []


def test_archived_products_have_no_alerts(as_alice, alice):
    milk = make_product(alice, "Milk", 1, expiration_date=days_ahead(-1))
    assert as_alice.delete(f"/api/products/{milk.pk}/").status_code == 204
    assert list_names(as_alice) == {"low_stock": [], "expired": []}


@all_cases("rows", [1, 30])
def test_alerts_take_statements_for_the_user_and_each_list(as_alice, alice, rows, django_assert_num_queries):
    for number in range(rows):
        make_product(alice, f"Milk {number}", 1, expiration_date=days_ahead(-1))
    user, low, expired = 1, 1, 1
    with django_assert_num_queries(user + low + expired):
        assert len(as_alice.get(URL).json()["expired"]) == rows


@pytest.fixture
def two_at_a_time(monkeypatch):
    monkeypatch.setattr(overview, "ROWS_AT_A_TIME", 2)


def test_many_alerts_are_streamed_and_equal_the_unstreamed_response(as_alice, alice, monkeypatch):
    for number in range(7):
        make_product(alice, f"Milk {number}", number, min_threshold=100, expiration_date=days_ahead(-number % 3))
    make_product(alice, "Salt", 200, min_threshold=100)
    whole = as_alice.get(URL).content
    monkeypatch.setattr(overview, "ROWS_AT_A_TIME", 2)
    answer = as_alice.get(URL)
    assert answer.headers["Content-Type"] == "application/json"
    pieces = list(answer.streaming_content)
    assert b"".join(pieces) == whole
    assert len(pieces) > 8


def test_one_long_list_does_not_change_the_other(as_alice, alice, two_at_a_time):
    for number in range(3):
        make_product(alice, f"Milk {number}", 50, expiration_date=days_ahead(-1))
    found = json.loads(b"".join(as_alice.get(URL).streaming_content))
    assert [product["name"] for product in found["expired"]] == ["Milk 0", "Milk 1", "Milk 2"]
    assert found["low_stock"] == []


def test_an_error_before_streaming_begins_has_its_status(as_alice, alice, two_at_a_time, monkeypatch):
    for number in range(3):
        make_product(alice, f"Milk {number}")
    monkeypatch.setattr(ProductQuerySet, "values_list", fail)
    assert as_alice.get(URL).status_code == 503


def test_the_html_page_shows_only_the_first_alerts(as_alice, alice, monkeypatch):
    monkeypatch.setattr(overview, "MAX_HTML_ROWS", 2)
    for number in range(3):
        make_product(alice, f"Milk {number}")
    page = as_alice.get(URL, HTTP_ACCEPT="text/html").content.decode()
    assert [f"Milk {number}" in page for number in range(3)] == [True, True, False]


def test_products_with_one_gtin_are_reported_to_their_shop(as_alice, as_charlie, alice):
    make_product(alice, "Other", barcode="042100005265")
    make_product(alice, "No GTIN", barcode="0042100005265")
    assert "Each barcode is that of one product." in Browser(alice).get_page(URL)
    cup, mug = make_pair(alice)
    page = Browser(alice).get_page(URL).partition("One barcode on several products")[2]
    assert all(f'href="/api/products/{product.pk}/"' in page for product in (cup, mug))
    filtered = "/api/products/?same_gtin=true&ordering=created_at"
    assert [row["id"] for row in as_alice.get(filtered).json()["results"]] == [cup.pk, mug.pk]
    assert as_alice.get("/api/products/?same_gtin=false").json()["count"] == 2
    assert as_charlie.get(filtered).json()["count"] == 0
