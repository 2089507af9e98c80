"""How products are locked: always in the order of their ids, however they were named.

The statement is read, because rows lie in that order by chance as well, until they are changed.
"""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from stock.locking import LockedProducts, ProductReference, by_id
from testing.cast import make_product


@pytest.fixture
def products(alice):
    """Three of Alice's."""
    return [make_product(alice, name, sku=name, barcode=f"4-{name}") for name in "ABC"]


@pytest.mark.parametrize("kinds", ["product product product", "sku sku sku", "barcode product sku"])
def test_products_are_locked_in_the_order_of_their_ids(alice, products, kinds):
    names = [named(kind, product) for kind, product in zip(kinds.split(), products, strict=True)]
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        locked = LockedProducts(alice.pk, names[::-1])
    assert [balance.product_id for balance in locked.balances] == [product.pk for product in products]
    (statement,) = [query["sql"] for query in asked if "FOR NO KEY UPDATE" in query["sql"]]
    assert statement.endswith("ORDER BY id\nFOR NO KEY UPDATE\n")


def named(kind, product):
    return by_id(product.pk) if kind == "product" else ProductReference(kind, getattr(product, kind))
