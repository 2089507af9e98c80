"""What the tests of accounts book, as a client of the API."""

import pytest

from stock.models import Operation
from testing.cast.people import make_product
from trade.customers.models import Customer
from trade.sales.reading import attach_sales

OPERATIONS = "/api/stock/operations/"


@pytest.fixture
def ada(alice):
    return Customer.objects.create(owner=alice, name="Ada")


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="4.00", quantity=10_000)


@pytest.fixture
def noted(as_alice, charlie):
    """Switch payments on, so that sales of today count. There is another shop, too."""
    as_alice.patch("/api/account/", {"uses": {"payments": "on"}, "acknowledged": True})


def book(client, address, **body):
    response = client.post(address, body)
    assert response.status_code == 201, response.content
    return response.json()


def sell(client, product, quantity=1, **fields):
    line = {"product": product.pk, "movement_type": "OUT", "quantity": quantity}
    return book(client, OPERATIONS, lines=[line], reason="sale", **fields)


def read_account(client, customer, query=""):
    response = client.get(f"/api/customers/{customer.pk}/account/{query}")
    assert response.status_code == 200, response.content
    return response.json()


def pay(client, customer, amount, kind="cash", **fields):
    return client.post(f"/api/customers/{customer.pk}/payments/", {"amount": amount, "kind": kind, **fields})


def sum_dues(owner):
    """Return what is due of all sales of the shop, as their responses tell it."""
    sales = attach_sales(Operation.objects.filter(owner=owner, reason="sale").detailed())
    return sum(sale.due or 0 for sale in sales)
