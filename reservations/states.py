"""The state of a reservation at an instant.

It is the outcome if somebody closed it, and depends on the clock otherwise.
"""

from django.db import models
from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Now


class ReservationState(models.TextChoices):
    """The state that responses show. It is not a column, because a reservation expires without a write."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    RELEASED = "released"
    EXPIRED = "expired"


class Outcome(models.TextChoices):
    """The way in which somebody closed a reservation. A reservation that has expired has no outcome."""

    FULFILLED = "fulfilled"
    RELEASED = "released"


# Now() is the time of the database when the statement begins.
CONDITIONS = {
    ReservationState.OPEN: Q(outcome__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=Now())),
    ReservationState.FULFILLED: Q(outcome=Outcome.FULFILLED),
    ReservationState.RELEASED: Q(outcome=Outcome.RELEASED),
    ReservationState.EXPIRED: Q(outcome__isnull=True, expires_at__lte=Now()),
}
STATE = Case(
    When(outcome__isnull=False, then=F("outcome")),
    When(CONDITIONS[ReservationState.EXPIRED], then=Value(ReservationState.EXPIRED)),
    default=Value(ReservationState.OPEN),
    output_field=CharField(),
)
