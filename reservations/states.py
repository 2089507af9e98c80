"""The state of a reservation at an instant: its outcome if somebody closed it, else by the clock."""

from django.db import models
from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Now


class ReservationState(models.TextChoices):
    """The state that responses show. No column has it, because time alone ends a reservation."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    RELEASED = "released"
    EXPIRED = "expired"


class Outcome(models.TextChoices):
    """How somebody closed a reservation. One that has expired has no outcome."""

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
