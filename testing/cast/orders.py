"""Functions for tests of purchase orders."""

from typing import Any

from rest_framework.test import APIClient

from products.models import Product
from suppliers.models import Supplier
from users.models import User

ADDRESS = "/api/purchase-orders/"


def make_supplier(owner: User, name: str = "Mill", **fields: Any) -> Supplier:
    """Create a supplier with an e-mail address."""
    return Supplier.objects.create(owner=owner, **{"name": name, "contact_email": "mill@example.org", **fields})


def write_order(client: APIClient, supplier: Supplier, *products: Product, quantity: int = 5, **fields: Any) -> Any:
    """Write a draft with this quantity of each product through the API, and return the body of the response."""
    lines = [{"product": product.pk, "quantity": quantity} for product in products]
    response = client.post(ADDRESS, {"supplier": supplier.pk, "lines": lines, **fields})
    assert response.status_code == 201, response.json()
    return response.json()


def send_order(client: APIClient, supplier: Supplier, *products: Product, **fields: Any) -> Any:
    """Write and send an order through the API, and return the body of the response."""
    order = write_order(client, supplier, *products, **fields)
    response = post(client, order, "send")
    assert response.status_code == 200, response.json()
    return response.json()


def post(client: APIClient, order: Any, action: str, **body: Any) -> Any:
    """Send, receive or close the order, and return the response."""
    return client.post(f"{ADDRESS}{order['id']}/{action}/", body)


def read(client: APIClient, order: Any) -> Any:
    """Return the order in its present state."""
    return client.get(f"{ADDRESS}{order['id']}/").json()
