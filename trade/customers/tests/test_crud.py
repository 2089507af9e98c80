"""Customers: create, read, change, archive, and permissions."""

import pytest

from trade.customers.models import Customer

pytestmark = pytest.mark.django_db
URL = "/api/customers/"
ADA = {
    "name": "Ada", "email": "ada@fern.example", "phone": "12", "address": "4 Mill Lane\nAmbleside", "note": "Fridays",
    "external_id": "C-1", "metadata": {"shop.id": "17"},
}  # fmt: skip


@pytest.fixture
def ada(alice):
    return Customer.objects.create(owner=alice, **ADA)


def test_a_customer_has_exactly_its_published_fields(as_alice):
    answer = as_alice.post(URL, ADA)
    assert answer.status_code == 201
    assert list(answer.json()) == ["id", *ADA, "created_at", "updated_at"]
    assert answer.json().items() >= ADA.items()
    assert as_alice.get(f"{URL}{answer.json()['id']}/").json() == answer.json()
