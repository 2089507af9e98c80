"""The queries that read reservations."""

from typing import Self

from django.db.models.functions import Now

from core.ownership import OwnedQuerySet
from reservations.states import CONDITIONS, STATE, ReservationState


class ReservationQuerySet(OwnedQuerySet):
    def detailed(self) -> Self:
        """Annotate each reservation with its `state`, and with `read_at`, the time of the database."""
        return self.annotate(state=STATE, read_at=Now())

    def in_state(self, state: str) -> Self:
        """Return the reservations that are in this state now."""
        return self.filter(CONDITIONS[ReservationState(state)])


class ReservationLineQuerySet(OwnedQuerySet):
    def detailed(self) -> Self:
        """Return the lines with their products, in the order of the request."""
        return self.select_related("product").order_by("reservation_id", "id")
