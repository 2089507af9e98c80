"""Functions for tests of reservations."""

from datetime import timedelta
from typing import Any

from rest_framework.test import APIClient

from products.models import Product
from trade.reservations.models import Reservation, ReservationLine

ADDRESS = "/api/stock/reservations/"


def reserve(client: APIClient, product: Product, quantity: int = 3, **fields: Any) -> dict[str, Any]:
    """Reserve through the API, and return the body of the response, which must be a 201."""
    response = client.post(ADDRESS, {"lines": [{"product": product.pk, "quantity": quantity}], **fields})
    assert response.status_code == 201, response.json()
    body: dict[str, Any] = response.json()
    return body


def let_expire(pk: int) -> None:
    """Move a reservation that expires back in time, so that it has expired a second ago."""
    reservation = Reservation.objects.get(pk=pk)
    assert reservation.expires_at is not None
    back = reservation.expires_at - reservation.created_at + timedelta(seconds=1)
    made, ended = reservation.created_at - back, reservation.expires_at - back
    owned = {"owner_id": reservation.owner_id}
    Reservation.objects.filter(**owned, pk=pk).update(created_at=made, expires_at=ended)
    ReservationLine.objects.filter(**owned, reservation_id=pk).update(reserved_until=ended)
