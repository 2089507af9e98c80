"""The bodies of requests that count and transfer, and the fields of all that book: costs, times and remarks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.fields import GoodsField, LongTextField, MoneyField, TextField
from core.lists.filters import parse_instant
from core.serializers import CachedFieldsSerializer, example
from stock.booking.drafts import CountLine, ExtraCostDraft, OperationDraft, TransferLine, get_remarks
from stock.line_fields import (
    GoodsSerializer,
    LineAmountField,
    LineQuantityField,
    LinesField,
    LocationField,
    LotField,
    PlaceSerializer,
    ProductReferenceSerializer,
    make_place,
)
from stock.models import MAX_EXTRA_NAME_LENGTH, MAX_NOTE_LENGTH, MAX_REFERENCE_LENGTH, OperationReason
from users.models import User


class CostOfLineField(MoneyField):
    """What a whole line costs: an amount of money with two places."""

    may_be_part = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, allow_null=True, max_digits=22, decimal_places=2, min_value=0,
            help_text="What the whole line costs, in place of `unit_cost`.", **kwargs,
        )  # fmt: skip


class ExtraCostSerializer(CachedFieldsSerializer):
    """What a delivery cost besides its goods."""

    name = TextField(max_length=MAX_EXTRA_NAME_LENGTH)
    amount = MoneyField(source="cost", max_digits=22, decimal_places=2, min_value=Decimal("0.01"))

    def to_internal_value(self, data: Any) -> Any:
        return ExtraCostDraft(**super().to_internal_value(data))


class ExtraCostsDraftField(serializers.ListField):
    """The extra costs of a delivery: 1 to MAX_EXTRA_COSTS. An empty list means none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=ExtraCostSerializer(),
            required=False,
            allow_null=True,
            help_text="What the delivery cost besides, such as freight. The lines share it by what they cost.",
            **kwargs,
        )

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(data) or ()


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
    """The time when a booking happened, by default now.

    A time at most CLOCK_TOLERANCE in the future becomes the present, because clocks differ.
    """

    default_error_messages = {"future": gettext_lazy("This is in the future.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "help_text": "By default now.", **kwargs})

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


MAX_TRANSFER_LINES = 500
COUNTED_LOCATION_HELP = (
    "The id of a location (an integer), or its name (text), ignoring case. `none` counts what is at no location and in"
    " no lot, unless a location has this name. By default the total is counted."
)


class CountLineSerializer(PlaceSerializer, GoodsSerializer, ProductReferenceSerializer):
    """A line of a count: one product and its counted quantity or, with a place, what lies there."""

    quantity_field, amount_field = "counted", "counted_amount"
    location = LocationField(required=False, help_text=COUNTED_LOCATION_HELP)
    counted = LineQuantityField(min_value=0)
    counted_amount = GoodsField()
    counted_at = CountedAtField(
        help_text="By default now. What has happened since then, by `occurred_at`, stays booked.",
    )

    @staticmethod
    def make_line(values: dict[str, Any]) -> CountLine:
        counted_at, place = values.get("counted_at"), make_place(values)
        place = place and replace(place, named_at=counted_at)
        return CountLine(values["product_reference"], values["counted"], counted_at, place)


class TransferLineSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A line of a transfer: one product and the quantity that moves."""

    quantity = LineQuantityField()
    amount = LineAmountField()
    lot = LotField(help_text="Move this lot alone. By default the lots are taken in the order of a sale.")

    @staticmethod
    def make_line(values: dict[str, Any]) -> TransferLine:
        return TransferLine(values["product_reference"], values["quantity"], values.get("lot") or None)


@example(lines=[{"product": 1, "counted": 63}, {"sku": "SIEVE", "counted": 15}], reference="stock-take, aisle 1")
class CountSerializer(RemarksSerializer):
    """1 to 1,000 counted products."""

    lines = LinesField(CountLineSerializer)


class TransferLocationField(LocationField):
    """A location from which or to which goods move. `null` means no location."""

    default_error_messages = {"required": gettext_lazy("Name a location, or send null for stock at no location.")}


@example(**{"from": None, "to": "Shelf"}, lines=[{"product": 1, "quantity": 3}], reference="refill, Monday")
class TransferSerializer(RemarksSerializer):
    """1 to 500 lines that move from one location to another, of which all are booked or none."""

    occurred_at = OccurredAtField()
    lines = LinesField(TransferLineSerializer, max_length=MAX_TRANSFER_LINES)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from` and `to`. They are added here because `from` is a keyword of Python."""
        return {"from": TransferLocationField(), "to": TransferLocationField(), **super().get_fields()}


def make_transfer(values: dict[str, Any], *, by: User) -> OperationDraft:
    occurred_at = values.get("occurred_at")
    return OperationDraft(by=by, reason=OperationReason.TRANSFER, occurred_at=occurred_at, **get_remarks(values))
