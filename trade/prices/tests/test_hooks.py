"""What prices add to the apps below is read when it is needed, so one process can try to do without it."""

import pytest

from stock.goods.edits.hooks import FURTHER_PRICES
from stock.goods.edits.serializers import ExpectedSerializer
from stock.hooks import PRICE_SOURCES
from stock.models.sql_sales import find_made_by
from testing.tables import all_cases
from trade.customers.hooks import BESIDE_CUSTOMERS
from trade.customers.pages import CUSTOMERS
from trade.customers.serializers import CustomerSerializer
from trade.selling.hooks import PRICES
from trade.selling.prices import has_prices
from trade.tills.hooks import CATALOGUES
from trade.tills.serializers import CatalogueSerializer


@pytest.mark.quick
@all_cases(
    ("registry", "is_there"),
    [
        (CATALOGUES, lambda _user: "price_groups" in CatalogueSerializer().get_fields()),
        (FURTHER_PRICES, lambda _user: "prices" in ExpectedSerializer().get_fields()),
        (BESIDE_CUSTOMERS, lambda _user: "price_group" in CustomerSerializer().get_fields()),
        (BESIDE_CUSTOMERS, lambda _user: "price_group_name" in [one.name for one in CUSTOMERS.columns]),
        (PRICE_SOURCES, lambda _user: "prices_pricefrom" in find_made_by()),
        (PRICES, has_prices),
    ],
)
def test_what_prices_add_is_gone_without_them(alice, registry, is_there):
    alice.has_prices, taken = True, [*registry]
    assert is_there(alice)
    registry.clear()
    try:
        assert not is_there(alice)
    finally:
        registry.extend(taken)
