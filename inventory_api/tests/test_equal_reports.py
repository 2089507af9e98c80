"""Groups, own fields and tags change no number: reports and dialects answer the same with and without them."""

import pytest

from products.models import CustomField, Group, Product
from testing.cast.people import make_product

ADDRESSES = (
    "/api/dashboard/", "/api/reports/valuation/", "/api/reports/movements/", "/api/reports/margins/?by=product",
    "/api/reports/margins/?by=category", "/api/reports/days-left/", "/api/reports/reorder/", "/api/reports/idle/",
    "/api/items/levels/", "/api/item-changes/", "/api/stock/", "/api/stock/verify/",
)  # fmt: skip


@pytest.fixture
def products(alice, as_alice):
    made = [make_product(alice, name, quantity=5, category="Shirts") for name in ("Shirt S", "Shirt M")]
    line = {"movement_type": "OUT", "quantity": 2, "unit_price": "9.00"}
    as_alice.post("/api/stock/operations/", {"reason": "sale", "lines": [{"product": made[0].pk, **line}]})
    return made


def read_all(client):
    return {address: client.get(address).content for address in ADDRESSES}


def test_reports_answer_the_same_with_and_without_groups(alice, as_alice, products):
    before = read_all(as_alice)
    group = Group.objects.create(owner=alice, name="Shirt", axes=["size"])
    CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")
    lines = [
        {
            "id": product.pk,
            "group": group.pk,
            "options": {"size": product.name[-1]},
            "fields": {"brand": "Acme"},
            "tags": ["New"],
        }
        for product in products
    ]
    assert as_alice.patch("/api/products/", {"lines": lines}).status_code == 200
    assert Product.objects.filter(has_profile=True).count() == 2
    assert read_all(as_alice) == before
