"""Preferring beside bookings, files and other changes of the same product."""

import threading
from decimal import Decimal

import pytest

from products.models import Offer, Product
from products.offers import services
from testing.cast.orders import make_supplier
from testing.cast.people import client_of, make_product
from testing.races import TIMEOUT_SECONDS, run_behind_lock, run_concurrently, try_concurrently

pytestmark = pytest.mark.django_db(transaction=True)
TERMS = {"Copper": ("C-1", 12, "4.00"), "Brass": ("B-9", 10, "3.80"), "Zinc": ("Z-5", 6, "3.60")}


@pytest.fixture
def offered(alice):
    copper, brass, zinc = (make_supplier(alice, name) for name in TERMS)
    tea = make_product(
        alice, "Tea", 100, sku="TEA", supplier=copper, supplier_sku="C-1", pack_size=12, cost_price="4.00"
    )
    for supplier in (brass, zinc):
        number, pack, cost = TERMS[supplier.name]
        services.create_offer(
            by=alice, product=tea, supplier=supplier, supplier_sku=number, pack_size=pack, cost_price=Decimal(cost)
        )
    return tea, copper, brass, zinc


def list_present(product):
    """Return the terms of the product's suppliers by name, the preferred one first."""
    product = Product.objects.select_related("supplier").get(pk=product.pk)
    rows = {row.supplier.name: row for row in Offer.objects.select_related("supplier")}
    found = [(product.supplier.name, product), *sorted(rows.items())]
    return {name: (row.supplier_sku, row.pack_size, str(row.cost_price)) for name, row in found}


def prefer(alice, product, supplier):
    return lambda: services.prefer_offer(by=alice, product_id=product.pk, supplier_id=supplier.pk)


def test_preferring_and_bookings_lose_nothing_of_each_other(alice, offered):
    tea, _copper, brass, zinc = offered
    client = client_of(alice)

    def book():
        body = {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
        assert client.post("/api/stock/", body, format="json").status_code == 201

    for supplier in (brass, zinc, brass):
        run_concurrently(book, prefer(alice, tea, supplier), book, book)
    tea.refresh_from_db()
    assert (tea.quantity, tea.supplier_id) == (91, brass.pk)
    assert list_present(tea) == TERMS


@pytest.mark.parametrize("way", ["patch", "import", "prefer"])
def test_two_changes_of_the_supplier_take_turns(alice, offered, way):
    tea, _copper, brass, zinc = offered
    client = client_of(alice)

    def change():
        if way == "patch":
            return client.patch(f"/api/products/{tea.pk}/", {"supplier": zinc.pk}, format="json").status_code
        if way == "import":
            file = "sku,supplier\nTEA,Zinc\n"
            return client.post("/api/products/import/", file, content_type="text/csv").status_code
        return prefer(alice, tea, zinc)() and 200

    assert run_behind_lock(prefer(alice, tea, brass), change) == 200
    assert Product.objects.get().supplier_id == zinc.pk
    assert list_present(tea) == TERMS


def test_without_the_lock_of_the_product_an_offer_is_lost(alice, offered, monkeypatch):
    tea, _copper, brass, zinc = offered
    barrier, read = threading.Barrier(2), services.read_offers

    def lock_nothing(owner_id, product_id, supplier_id, check):
        return Product.objects.get(pk=product_id), services.find_offer(owner_id, product_id, supplier_id), None

    def read_together(*args):
        found = read(*args)
        barrier.wait(TIMEOUT_SECONDS)
        return found

    monkeypatch.setattr(services, "lock_offer", lock_nothing)
    monkeypatch.setattr(services, "read_offers", read_together)
    try_concurrently(prefer(alice, tea, brass), prefer(alice, tea, zinc))
    assert len(list_present(tea)) < len(TERMS)
