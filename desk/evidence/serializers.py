"""The bodies of packs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.lists.filters import parse_instant
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from core.time_zones import midnight
from desk.evidence.models import Clock, Pack
from stock.booking_fields import CLOCK_TOLERANCE

INSTANT = timedelta(microseconds=1)  # the end of a day is the last instant before the next day


class PastField(serializers.DateTimeField):
    """A time that is not in the future, or a day: its beginning, or with `is_end` its end, in the shop's time zone."""

    default_error_messages = {"future": gettext_lazy("This is in the future.")}

    def __init__(self, *, is_end: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_end = is_end

    def to_internal_value(self, value: Any) -> datetime:
        user, text = self.context["request"].user, value if isinstance(value, str) else ""
        try:
            moment = parse_instant(text, user.shop_zone)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from None
        day, now = parse_date(text), datetime.now(UTC)
        if moment > now + (CLOCK_TOLERANCE if day is None else timedelta()):
            self.fail("future")
        return find_end(day, user.shop_zone) if day and self.is_end else min(moment, now)


def find_end(day: date, zone: str) -> datetime:
    return midnight(day + timedelta(days=1), zone) - INSTANT


@example(as_of="2025-12-31T23:59:59Z", clock="occurred")
class AskSerializer(CachedFieldsSerializer):
    """What a pack should prove."""

    class Meta:
        model = Pack

    clock = serializers.ChoiceField(
        Clock.choices, default=Clock.OCCURRED, help_text="What counts: when it happened, or when it was recorded."
    )
    recorded_until = PastField(
        default=None, allow_null=True, help_text="What was recorded later is not in the pack. By default now."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `as_of` and `from`. They are added here because `from` is a keyword of Python."""
        as_of = PastField(is_end=True, help_text="A day means its end, in the shop's time zone.")
        start = PastField(source="start", default=None, allow_null=True, help_text="By default all bookings count.")
        return {"as_of": as_of, "from": start, **super().get_fields()}

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["start"] and values["start"] > values["as_of"]:
            raise serializers.ValidationError({"from": [gettext_lazy("This is after `as_of`.")]})
        return values


class PackSerializer(CleanModelSerializer):
    """A pack. `size` is in bytes; `size` and `sha256` are null until the file is ready."""

    class Meta:
        model = Pack
        fields = (
            "id", "as_of", "clock", "recorded_until", "language", "state", "size", "sha256", "created_at",
            "finished_at", "expires_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            **super().get_fields(),
            "from": serializers.DateTimeField(source="start", read_only=True, allow_null=True),
        }
