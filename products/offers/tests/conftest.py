"""The product of the tests of offers, and its suppliers."""

import pytest

from testing.cast.orders import make_supplier
from testing.cast.people import make_product


@pytest.fixture
def copper(alice):
    return make_supplier(alice, "Copper & Sons")


@pytest.fixture
def brass(alice):
    return make_supplier(alice, "Brass Ltd")


@pytest.fixture
def tea(alice, copper):
    return make_product(alice, "Tea", supplier=copper, supplier_sku="C-1", pack_size=12, cost_price="4.00")
