"""No list asks the database more often because it has more to show: every route that answers many rows, walked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from core.request_checks.schema_cache import SCHEMA_CACHE
from products.models import Category, Product
from products.querysets import today
from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.services import book
from suppliers.models import Supplier
from testing.routes import list_api_routes
from users.models import Role, User

MANY = (
    "-list", "-levels", "-changes", "-alerts", "-export", "dashboard", "-history", "-movements", "-statement",
    "-valuation",
)  # fmt: skip
ROUTES = [route for route in list_api_routes() if route.name.endswith(MANY) and "GET" in route.methods]
FEW_ROWS, MORE_ROWS = 2, 40


def fill(owner, number):
    """So many rows of every kind, all different, all linked, all in both alerts; the first product's id."""
    some = range(number)
    suppliers = Supplier.objects.bulk_create(Supplier(owner=owner, name=f"Supplier {n}") for n in some)
    categories = Category.objects.bulk_create(Category(owner=owner, name=f"Category {n}") for n in some)
    User.objects.bulk_create(User(username=f"{owner}-{n}", role=Role.WORKER, employer=owner) for n in some)
    products = Product.objects.bulk_create(
        Product(owner=owner, name=f"P {n}", price=1, supplier=s, category=c, expiration_date=today(), min_threshold=99)
        for n, s, c in zip(some, suppliers, categories, strict=True)
    )
    for product in products:
        book(
            draft=OperationDraft(by=owner, reason="purchase"),
            lines=[Line(by_id(p.pk), "IN", 1) for p in (product, products[0])],
        )
    return products[0].pk


def takes_pages(address):
    return "page_size" in SCHEMA_CACHE.find_operation(resolve(address).route, "GET").parameters


def queries(client, address):
    """How many statements the answer takes, and what it is."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address, {"page_size": 100} if takes_pages(address) else {})
        assert answer.status_code == 200
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return len(captured), content


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.address)
def test_a_list_asks_as_often_for_many_rows_as_for_two(route, as_alice, alice, as_charlie, charlie):
    few, short = queries(as_alice, route.address_for(fill(alice, FEW_ROWS)))
    many, long = queries(as_charlie, route.address_for(fill(charlie, MORE_ROWS)))
    assert len(long) > 5 * len(short)
    assert few == many


def test_the_walk_meets_every_kind_of_list():
    """Negative control: a renamed route would else drop out unseen."""
    assert {ending for ending in MANY for route in ROUTES if route.name.endswith(ending)} == set(MANY)
