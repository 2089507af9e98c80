"""The times in requests: when something happened, when it was counted, and when a row was read."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.lists.filters import parse_instant

CLOCK_TOLERANCE = timedelta(minutes=5)
MAX_COUNT_AGE = timedelta(days=30)


class InstantField(serializers.DateTimeField):
    """A date or a time, as in the filters of lists."""

    def to_internal_value(self, value: Any) -> Any:
        try:
            return parse_instant(value if isinstance(value, str) else "")
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from None


class ExpectedUpdatedAtField(InstantField):
    """The `updated_at` of the row that the client has read."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = "Its `updated_at` when it was read. With another one now, refused with 409 `changed`."
        super().__init__(**{"required": False, "help_text": help_text, **kwargs})


class OccurredAtField(InstantField):
    """The time when a booking happened.

    A time at most CLOCK_TOLERANCE in the future becomes the present, because clocks differ.
    """

    default_error_messages = {"future": gettext_lazy("This is in the future.")}

    def to_internal_value(self, value: Any) -> Any:
        moment, now = super().to_internal_value(value), datetime.now(UTC)
        if moment > now + CLOCK_TOLERANCE:
            self.fail("future")
        return None if moment > now else moment


class CountedAtField(OccurredAtField):
    """The time when a product was counted, at most MAX_COUNT_AGE ago. The rules of `occurred_at` apply to it."""

    default_error_messages = {"too_old": gettext_lazy("This is more than {days} days ago.")}

    def to_internal_value(self, value: Any) -> Any:
        moment = super().to_internal_value(value)
        if moment is not None and moment < datetime.now(UTC) - MAX_COUNT_AGE:
            self.fail("too_old", days=MAX_COUNT_AGE.days)
        return moment
