"""The products of the tests of recipes and makings: tea by weight, paper bags, and bags of tea."""

import pytest

from testing.cast.people import make_product


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 2500, cost_price="20.00", unit="kg", decimals=3, sku="SACK")


@pytest.fixture
def paper(alice):
    return make_product(alice, "Paper bag", 24, cost_price="0.10")


@pytest.fixture
def bag(alice):
    return make_product(alice, "Bag of tea", price="4.50", sku="BAG")
