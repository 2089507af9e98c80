import pytest

from trade.purchasing.price_lists.tests.lists import make_supplier


@pytest.fixture
def mill(alice):
    return make_supplier(alice)
