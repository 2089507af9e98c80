"""Check that a reservation does not end before the day on which its goods are wanted. Record its expiry as an event."""

from datetime import date, datetime
from typing import Any

from django.db.models.functions import Now
from rest_framework.exceptions import ValidationError

from core.database.transactions import atomic
from core.sentences import fill
from core.time_zones import get_zone
from core.translation import gettext_noop
from records.events.models import EventType
from records.events.services import record
from trade.reservations.models import Reservation
from users.models import User

OVER = gettext_noop("{day} is over: today is {today}.")
ENDS_BEFORE = gettext_noop(
    "The reservation would end on {end}, before {day}, the day on which it is wanted. Choose a later end, or none."
)
EXTEND_FIRST = gettext_noop("The reservation ends on {end}, before this day. Extend it first.")


def check_wanted_on(by: User, day: date | None) -> None:
    """Raise ValidationError if the day on which the goods are wanted is over in the shop."""
    today = by.shop_today()
    if day is not None and day < today:
        raise ValidationError({"wanted_on": [fill(OVER, day=day, today=today)]})


def check_end(by: User, day: date | None, expires_at: datetime | None, error: dict[str, str]) -> None:
    """Raise ValidationError if the reservation ends before the day. `error` has its text by field."""
    if day is None or expires_at is None:
        return
    end = expires_at.astimezone(get_zone(by.shop_zone)).date()
    if end < day:
        raise ValidationError({name: [fill(sentence, end=end, day=day)] for name, sentence in error.items()})


def list_owners_to_tell() -> list[Any]:
    """Return the ids of the accounts that have reservations to tell of."""
    return list(Reservation.objects.to_tell().order_by("owner_id").values_list("owner_id", flat=True).distinct())


@atomic
def record_expired(owner_id: int, limit: int) -> int:
    """Record an event for each of the first reservations of the account to tell of. Return their number.

    Nothing is released here: what was reserved is available from `expires_at` on, by the clock. The rows are locked, so
    that several workers record one event.
    """
    rows = Reservation.objects.to_tell().filter(owner_id=owner_id).order_by("expires_at", "id")
    found = list(rows.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)[:limit])
    Reservation.objects.filter(owner_id=owner_id, pk__in=found).update(expiry_told_at=Now())
    for pk in found:
        record(owner_id=owner_id, event_type=EventType.RESERVATION_EXPIRED, data={"reservation": pk})
    return len(found)
