"""The bodies of requests that book: movements, operations, counts and reversals."""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.fields import (
    GoodsField,
    QuantityField,
)
from core.serializers import example
from stock.booking.drafts import (
    CountLine,
    OperationDraft,
    TransferLine,
    get_remarks,
)
from stock.booking_fields import CountedAtField, OccurredAtField, RemarksSerializer
from stock.line_fields import (
    QUANTITY_HELP,
    SMALLEST,
    GoodsSerializer,
    LinesField,
    LocationField,
    LotField,
    PlaceSerializer,
    ProductReferenceSerializer,
    make_place,
)
from stock.models import (
    OperationReason,
)
from users.models import User

MAX_TRANSFER_LINES = 500
COUNTED_LOCATION_HELP = (
    "The id of a location (an integer), or its name (text), ignoring case. `none` counts what is at no location and in"
    " no lot, unless a location has this name. By default the total is counted."
)


class CountLineSerializer(PlaceSerializer, GoodsSerializer, ProductReferenceSerializer):
    """A line of a count: one product and its counted quantity or, with a place, what lies there."""

    quantity_field, amount_field = "counted", "counted_amount"
    location = LocationField(required=False, help_text=COUNTED_LOCATION_HELP)
    counted = QuantityField(required=False, help_text=QUANTITY_HELP)
    counted_amount = GoodsField()
    counted_at = CountedAtField(
        required=False,
        allow_null=True,
        help_text="By default now. What has happened since then, by `occurred_at`, stays booked.",
    )

    @staticmethod
    def make_line(values: dict[str, Any]) -> CountLine:
        return CountLine(values["product_reference"], values["counted"], values.get("counted_at"), make_place(values))


class TransferLineSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A line of a transfer: one product and the quantity that moves."""

    quantity = QuantityField(min_value=1, required=False, help_text=QUANTITY_HELP)
    amount = GoodsField(min_value=SMALLEST)
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

    occurred_at = OccurredAtField(required=False, allow_null=True, help_text="By default now.")
    lines = LinesField(TransferLineSerializer, max_length=MAX_TRANSFER_LINES)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from` and `to`. They are added here because `from` is a keyword of Python."""
        return {"from": TransferLocationField(), "to": TransferLocationField(), **super().get_fields()}


def make_transfer(values: dict[str, Any], *, by: User) -> OperationDraft:
    """Return the operation that moves the lines."""
    occurred_at = values.get("occurred_at")
    return OperationDraft(by=by, reason=OperationReason.TRANSFER, occurred_at=occurred_at, **get_remarks(values))
