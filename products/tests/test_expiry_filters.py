"""The filters `expires_after`, `expires_before` and `in_stock`, and the order by expiry date."""

import pytest
from django.db import connection

from products.models import Product
from testing.cast.people import make_product
from testing.tables import all_cases

LISTS = ["/api/products/", "/api/items/", "/api/items/levels/"]


@pytest.fixture(autouse=True)
def shelf(alice, charlie):
    make_product(alice, "June", 4, expiration_date="2026-06-01")
    make_product(alice, "Never", 4)
    make_product(alice, "May", 0, expiration_date="2026-05-01")
    make_product(alice, "Second of May", 4, expiration_date="2026-05-02")
    make_product(charlie, "Foreign", 4, expiration_date="2026-05-02")


def list_names(client, address="/api/products/", **query):
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.content
    return [product["name"] for product in answer.json()["results"]]


@all_cases("address", LISTS)
def test_the_span_of_dates_is_half_open(as_alice, address):
    assert list_names(as_alice, address, expires_before="2026-05-02") == ["May"]
    assert list_names(as_alice, address, expires_before="2026-05-03") == ["May", "Second of May"]
    assert list_names(as_alice, address, expires_after="2026-05-02") == ["June", "Second of May"]
    assert list_names(as_alice, address, expires_after="2026-05-02", expires_before="2026-06-01") == ["Second of May"]
    assert list_names(as_alice, address, expires_after="2026-06-02") == []


def test_the_last_of_all_dates_is_not_left_out(as_alice, alice):
    make_product(alice, "Honey", 4, expiration_date="9999-12-31")
    assert list_names(as_alice, expires_after="2026-06-02") == ["Honey"]
    assert list_names(as_alice, expires_after="9999-12-31") == ["Honey"]


def test_products_without_a_date_are_last_in_either_order(as_alice):
    assert list_names(as_alice, ordering="expiration_date") == ["May", "Second of May", "June", "Never"]
    assert list_names(as_alice, ordering="-expiration_date") == ["June", "Second of May", "May", "Never"]


def test_in_stock_leaves_out_what_is_sold_out(as_alice):
    assert list_names(as_alice, in_stock="true", expires_before="2027-01-01") == ["June", "Second of May"]
    assert list_names(as_alice, in_stock="false") == ["May"]


def test_the_filters_apply_to_the_export(as_alice):
    export = as_alice.get("/api/products/export/?expires_before=2026-06-01&in_stock=1")
    assert len(export.getvalue().splitlines()) == 1 + 1


@all_cases("name", ["expires_after", "expires_before"])
@all_cases(
    "value", ["soon", "2026-02-30", "2026-5-1", "0000-01-01", "2026-05-01T00:00:00Z", "\u0662026-05-01", "9" * 400]
)
def test_a_value_that_is_no_date_is_a_400_at_its_parameter(as_alice, name, value):
    answer = as_alice.get("/api/products/", {name: value})
    assert answer.status_code == 400
    assert answer.json() == {name: ["Enter a date, 2026-12-31 for instance."]}


def test_an_index_has_the_products_by_expiry_date(alice):
    rows = Product.objects.for_user(alice).live().filter(expiration_date__lt="2027-01-01")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "products_product_by_expiry" in rows.order_by("expiration_date", "id").explain()
