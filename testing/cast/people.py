"""The users and products of the tests: Alice owns a shop, Bob works for her, Charlie owns another, Dora has none."""

import time
from typing import Any

from django.conf import settings
from rest_framework.test import APIClient

from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.goods.services import create_product
from stock.models import Location, MovementType, OperationReason
from testing.cast.insertion import insert_product, insert_user, may_insert_product
from trade.selling.services import book
from users import services as users
from users.access.permissions import Caller
from users.access.roles import Role
from users.keys import services as keys
from users.models import ApiKey, KeyScope, User
from users.sign_in import tokens

PASSWORD = "correct-horse-7"


def make_user(name: str, **kwargs: Any) -> User:
    """Create a user with PASSWORD. It is an owner unless `role` says otherwise."""
    if settings.DB_CITUS:
        return users.register(by=Caller(), username=name, password=PASSWORD, **kwargs)
    return insert_user(name, **{"password": PASSWORD, "role": Role.OWNER, "employer": None, **kwargs})


def let_use(user: User, *names: str) -> None:
    """Switch on what the pages of the user's shop show."""
    User.objects.filter(pk=user.pk).update(uses=[f"{name} on" for name in names])


def client_of(user: User | None) -> APIClient:
    """Return a client that sends the user's token with every request, or no token if `user` is None.

    A user with a second factor has just proven it.
    """
    client = APIClient()
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_tokens(user)['access']}")
    return client


def make_tokens(user: User) -> dict[str, str]:
    """Return a pair of tokens of the user, who has just proven its second factor if it has one."""
    return tokens.issue_tokens(user, time.time() if user.second_factor_since else None)


def make_key(user: User, name: str = "till 1", scope: str = KeyScope.BOOK, **fields: Any) -> tuple[ApiKey, str]:
    """Create a key of the user, and return it with its text. It is used from the test clients' network."""
    by = Caller(user, network="127.0.0.0/24")
    return keys.issue_key(by=by, user=user, name=name, scope=scope, **{"expires_at": None, **fields})


def client_with_key(user: User, scope: str = KeyScope.BOOK, **fields: Any) -> APIClient:
    """Return a client that sends a new key of the user with every request."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key(user, scope=scope, **fields)[1]}")
    return client


def make_product(owner: User, name: str = "Kettle", quantity: int = 0, **fields: Any) -> Product:
    """Create a product. Its quantity is booked as its opening movement."""
    fields = {"name": name, "price": "10.00", **fields}
    if may_insert_product(fields):
        return insert_product(owner, quantity, fields)
    return create_product(by=owner, quantity=quantity, **fields)


def make_products(owner: User, number: int, quantity: int = 0) -> list[Product]:
    """Create products without codes. One operation books their quantities as opening movements."""
    made = Product.objects.bulk_create(Product(owner=owner, name=f"P{n}", price="10.00") for n in range(number))
    if made and quantity:
        lines = [BookingLine(by_id(product.pk), MovementType.IN, quantity) for product in made]
        book(draft=OperationDraft(by=owner, reason=OperationReason.OPENING), lines=lines)
    return made


def make_location(owner: User, name: str = "Cellar", **fields: Any) -> Location:
    """Create a location of the owner's account."""
    return Location.objects.create(owner=owner, name=name, **fields)
