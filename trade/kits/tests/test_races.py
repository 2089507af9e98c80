"""Concurrent sales of kits that share a part, and concurrent kits with one code.

The tests `test_control_…` remove the locks and show that the tests detect the race.
"""

from functools import partial

import pytest

from products.models import Product
from stock.booking import locks
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product
from testing.races import disable_locks, let_meet, try_concurrently
from trade.kits.models import Kit
from trade.kits.tests.kits import make_kit, sell

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def kits(alice):
    """Return two kits of which each has two cups. There are 20 cups, and enough of the rest."""
    cup, tea, jam = (make_product(alice, name, stock) for name, stock in {"Cup": 20, "Tea": 99, "Jam": 99}.items())
    return [make_kit(alice, f"With {one.name}", {cup.pk: 2, one.pk: 1}) for one in (tea, jam)]


def race(client, kits):
    """Let 32 clients sell a kit each, and return how many have."""
    client.raise_request_exception = False
    responses = try_concurrently(*[partial(sell, client, {"kit": kit["id"], "quantity": 1}) for kit in kits] * 16)
    return sum(response.status_code == 201 for response in responses)


def test_32_clients_sell_as_many_kits_as_their_shared_part_allows(alice, as_alice, kits):
    assert race(as_alice, kits) == 10
    assert Product.objects.get(name="Cup").quantity == 0
    assert find_breaks(alice.pk) == []


def test_control_without_the_lock_other_than_10_kits_are_sold(as_alice, kits, monkeypatch):
    disable_locks(monkeypatch)
    let_meet(monkeypatch, locks, "lock_rows", 32)
    assert race(as_alice, kits) != 10


def create(client, product):
    return client.post("/api/kits/", {"name": "Gift", "sku": "GIFT", "parts": [{"product": product.pk, "quantity": 1}]})


def add_product(client):
    return client.post("/api/products/", {"name": "Gift", "sku": "gift", "price": "1.00"})


def test_of_kits_and_products_with_one_code_one_is_created(alice, as_alice):
    cup = make_product(alice, "Cup", 1)
    as_alice.raise_request_exception = False
    responses = try_concurrently(*[partial(create, as_alice, cup), partial(add_product, as_alice)] * 6)
    assert sorted({response.status_code for response in responses}) == [201, 400]
    assert Kit.objects.count() + Product.objects.filter(sku__iexact="gift").count() == 1


def test_a_sale_has_the_old_or_the_new_parts_of_a_kit_and_never_a_mixture(alice):
    """Half of the clients sell the kit while the others replace its parts."""
    red, blue = (make_product(alice, name, 99, price="5.00") for name in ("Red", "Blue"))
    kit = make_kit(alice, "Pair", {red.pk: 2})
    client = client_of(alice)
    parts = [[{"product": red.pk, "quantity": 2}], [{"product": blue.pk, "quantity": 3}]]
    changes = [partial(client.patch, f"/api/kits/{kit['id']}/", {"parts": one}) for one in parts]
    sales = [partial(sell, client, {"kit": kit["id"], "quantity": 1})] * 2
    responses = try_concurrently(*(changes + sales) * 8)
    sold = [[m["quantity"] for m in one.json()["movements"]] for one in responses if one.status_code == 201]
    assert len(sold) == 16
    assert all(quantities in ([2], [3]) for quantities in sold)
