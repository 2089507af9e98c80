"""What a request that books has beside its lines of goods: parts of kits, money and times."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.fields import (
    LongTextField,
    MoneyField,
    TextField,
)
from core.lists.filters import parse_instant
from core.serializers import CachedFieldsSerializer, example
from stock.models import MAX_NOTE_LENGTH, MAX_REFERENCE_LENGTH


class CostOfLineField(MoneyField):
    """What a whole line costs: an amount of money with two places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, allow_null=True, max_digits=22, decimal_places=2, min_value=0,
            help_text="What the whole line costs, in place of `unit_cost`.", **kwargs,
        )  # fmt: skip


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


@example(note="Rung up twice")
class RemarksSerializer(CachedFieldsSerializer):
    """The texts that a user can add to a booking."""

    reference = TextField(max_length=MAX_REFERENCE_LENGTH, required=False, allow_blank=True)
    note = LongTextField(max_length=MAX_NOTE_LENGTH, required=False, allow_blank=True)


@example(note="Wrong file")
class ImportUndoSerializer(RemarksSerializer):
    """The texts that a user can add to the undo of an import."""
