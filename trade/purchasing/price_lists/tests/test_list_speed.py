"""A price list executes as many statements for many rows as for a few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Product
from testing.tables import all_cases
from trade.purchasing.price_lists.tests.lists import make_offer, make_supplier, take, undo

pytestmark = pytest.mark.django_db
STATEMENTS = (74, 45)  # of taking and of undoing


def make_shop(owner, supplier, number):
    """Create products, of which half have the supplier as their own, and the others have an offer of it."""
    rows = [
        Product(
            owner=owner, name=f"Product {n}", cost_price="4.00", price="8.00", supplier_sku=f"N-{n}" if n % 2 else "",
            supplier=supplier if n % 2 else None,
        )
        for n in range(number)
    ]  # fmt: skip
    Product.objects.bulk_create(rows)
    for n, row in enumerate(rows):
        if not n % 2:
            make_offer(row, supplier, supplier_sku=f"N-{n}", cost_price="3.00")


@all_cases("number", [2, 40])
def test_the_number_of_statements_does_not_depend_on_the_rows(alice, as_alice, number):
    supplier = make_supplier(alice)
    make_shop(alice, supplier, number)
    lines = "".join(f"N-{n},Name {n},4.10,5\n" for n in range(number + 5))
    with CaptureQueriesContext(connection) as taking:
        body = take(as_alice, supplier, f"article no,name,price,lead days\n{lines}", "?create_missing=true")
    assert (body["totals"]["products"], body["totals"]["created_products"]) == (number, 5)
    with CaptureQueriesContext(connection) as undoing:
        undo(as_alice, supplier)
    assert (len(taking), len(undoing)) == STATEMENTS
