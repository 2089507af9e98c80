"""The users and products of the tests: Alice owns a shop, Bob works for her, Charlie owns another, Dora has none."""

from typing import Any

from rest_framework.test import APIClient

from products.models import Product
from stock.product_services import create_product
from users import services as users
from users import tokens
from users.models import User

PASSWORD = "correct-horse-7"


def make_user(name: str, **kwargs: Any) -> User:
    """Create a user with PASSWORD: an owner unless `role` says otherwise."""
    return users.register(username=name, password=PASSWORD, **kwargs)


def client_of(user: User | None) -> APIClient:
    """Return a client that sends the user's token with every request, or no token if `user` is None."""
    client = APIClient()
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user)['access']}")
    return client


def make_product(owner: User, name: str = "Kettle", quantity: int = 0, **fields: Any) -> Product:
    """Create a product. Its quantity is booked as its opening movement."""
    return create_product(by=owner, name=name, quantity=quantity, **{"price": "10.00", **fields})
