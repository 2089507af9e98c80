"""/api/reports/not-counted/: products that were not counted for a number of days, by category."""

import pytest

from desk.reports.tests.reporting import ago, read_rows
from products.models import Category, Product
from testing.cast.people import make_product


def make_old(owner, name, counted=None, created=100, archived=None, **fields):
    """Create a product that was created, last counted and archived so many days ago."""
    product = make_product(owner, name, **fields)
    times = {"created_at": ago(created), "last_counted_at": counted and ago(counted)}
    Product.objects.filter(pk=product.pk).update(archived_at=archived and ago(archived), **times)
    return product


def list_rows(client, **query):
    return [(row["name"], row["category_name"], row["days_since"]) for row in read_rows(client, "not-counted", **query)]


@pytest.mark.quick
def test_rows_are_by_category_the_longest_not_counted_first(as_alice, alice, charlie):
    tea, cups = (Category.objects.create(owner=alice, name=name) for name in ("Tea", "cups"))
    make_old(alice, "Assam", counted=40, category=tea)
    make_old(alice, "Mint", counted=60, category=tea)
    make_old(alice, "Cup", counted=35, category=cups)
    make_old(alice, "Tin", created=90)
    make_old(alice, "Fresh", counted=3, category=tea)
    make_old(alice, "Gone", archived=1)
    make_old(alice, "Visit", keeps_stock=False)
    make_old(charlie, "Other")
    assert list_rows(as_alice) == [("Cup", "cups", 35), ("Mint", "Tea", 60), ("Assam", "Tea", 40), ("Tin", None, 90)]
    assert list_rows(as_alice, days=50) == [("Mint", "Tea", 60), ("Tin", None, 90)]
    assert list_rows(as_alice, category="tea") == [("Mint", "Tea", 60), ("Assam", "Tea", 40)]


def test_a_count_without_a_difference_removes_the_product(as_alice, alice):
    tin = make_old(alice, "Tin", quantity=5, price="2.00")
    [row] = read_rows(as_alice, "not-counted")
    assert (row["quantity"], row["last_counted_at"], row["value_at_price"]) == (5, None, "10.00")
    as_alice.post("/api/stock/counts/", {"lines": [{"product": tin.pk, "counted": 5}]})
    assert list_rows(as_alice) == []
