import pytest

from testing.cast.people import make_product


@pytest.fixture
def earl(alice):
    return make_product(alice, "Earl Grey", 9, sku="TEA-EARL", barcode="4001234567890")


@pytest.fixture
def assam(alice):
    return make_product(alice, "Assam", 9, sku="TEA-ASSAM")


@pytest.fixture
def wrap(alice):
    """Return a product without stock."""
    return make_product(alice, "Gift wrap", sku="WRAP", price="2.00", keeps_stock=False, min_threshold=None)
