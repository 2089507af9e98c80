"""Products are locked in the order of their ids, for every kind of reference.

The test reads the statement, because unchanged rows are also in this order by chance.
"""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from stock.booking.drafts import ProductReference, by_id
from stock.booking.locks import lock_products
from testing.cast.people import make_product
from testing.tables import all_cases


@pytest.fixture
def products(alice):
    """Return three products of Alice with codes."""
    return [make_product(alice, name, sku=name, barcode=f"4-{name}") for name in "ABC"]


@pytest.mark.quick
@all_cases("kinds", ["product product product", "sku sku sku", "barcode product sku"])
def test_locks_products_in_the_order_of_their_ids(alice, products, kinds):
    references = [make_reference(kind, product) for kind, product in zip(kinds.split(), products, strict=True)]
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        locked = lock_products(alice.pk, references[::-1])
    assert [product.product_id for product in locked.products] == [product.pk for product in products]
    (statement,) = [query["sql"] for query in captured if "FOR NO KEY UPDATE" in query["sql"]]
    assert statement.endswith("ORDER BY id\nFOR NO KEY UPDATE\n")


def make_reference(kind, product):
    return by_id(product.pk) if kind == "product" else ProductReference(kind, getattr(product, kind))
