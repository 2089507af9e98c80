"""Tills for tests: a till with its device, and the bookings that it sends."""

from typing import Any

from rest_framework.test import APIClient

from products.models import Product
from trade.tills.models import Till
from trade.tills.services import make_till
from users.access.permissions import Caller
from users.models import User

OPERATIONS = "/api/stock/operations/"


class Device:
    """A till, and a client with the key of its device."""

    def __init__(self, user: User, name: str = "till 1") -> None:
        self.till, key = make_till(by=Caller(user), user=user, name=name)
        self.client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")

    @property
    def address(self) -> str:
        return f"/api/tills/{self.till.pk}/"

    def key(self, number: int) -> str:
        return f"till-{self.till.pk}-{number:06}"

    def book(self, number: int, product: Product, quantity: int = 1, movement_type: str = "OUT", **line: Any) -> Any:
        """Book the quantity under the number. Return the response."""
        body = {"reference": f"{self.till.numbered_name} #{number}"}
        if "occurred_at" in line:
            body["occurred_at"] = line.pop("occurred_at")
        line |= {"product": product.pk, "movement_type": movement_type, "quantity": quantity}
        return self.send(self.key(number), {"lines": [line], **body})

    def send(self, key: str, body: dict[str, Any]) -> Any:
        return self.client.post(OPERATIONS, body, headers={"Idempotency-Key": key})

    def drop(self, number: int, note: str = "It fell from the counter.", **body: Any) -> Any:
        return self.client.post(f"{self.address}drops/", {"number": number, "note": note, **body})

    def gaps(self) -> Any:
        return self.client.get(f"{self.address}gaps/").json()

    def pair(self, client: APIClient, *, has_numbers: bool = False) -> Any:
        """Give the till a new key, as a person with this client does. Return the response's body."""
        proof = f"?key_prefix={self.reload().key_prefix}" if has_numbers else ""
        paired = client.post(f"{self.address}pair/{proof}").json()
        self.client = APIClient(HTTP_AUTHORIZATION=f"Bearer {paired['key']}")
        return paired

    def reload(self) -> Till:
        self.till.refresh_from_db()
        return self.till
