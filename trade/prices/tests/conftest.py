import pytest

from testing.cast.people import make_product
from trade.kits.tests.kits import make_kit
from trade.prices.tests.priced import make_customer, make_group


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 100, price="10.00")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 100, price="3.00")


@pytest.fixture
def basket(alice, tea, cup):
    """Return the id of a kit that costs 16.00 as its parts do, and has no price."""
    return make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 2})["id"]


@pytest.fixture
def regulars(alice):
    """Return the id of a group that pays 10 % less."""
    return make_group(alice)


@pytest.fixture
def ada(alice, regulars):
    """Return the id of a customer of the group."""
    return make_customer(alice, regulars)
