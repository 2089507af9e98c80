"""The bodies of reservations and of the requests that make, fulfil and extend them."""

from typing import Any

from rest_framework import serializers

from core.examples import example
from core.fields import AmountOf, GoodsField, QuantityField, WholeNumberField
from core.lists.serialization import get_row_serializer
from core.metadata import MetadataField
from core.serializers import CachedFieldsSerializer, CleanModelSerializer
from stock.booking_serializers import OccurredAtField, ProductReferenceSerializer, RemarksSerializer
from stock.line_fields import QUANTITY_HELP, SMALLEST, GoodsSerializer, LinesField
from trade.reservations.models import Reservation, ReservationLine, ReservationState
from trade.reservations.services import DEFAULT_SECONDS, MAX_LINES, MAX_SECONDS, MIN_SECONDS, ReservedLine

DAY = 24 * 60 * 60


class DurationField(WholeNumberField):
    """Seconds until a reservation expires; null if it does not."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            allow_null=True, min_value=MIN_SECONDS, max_value=MAX_SECONDS, initial=DAY, **kwargs
        )  # fmt: skip


class ReservedLineSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A product and how much of it to reserve, or to sell from the reservation."""

    quantity = QuantityField(min_value=1, required=False, help_text=QUANTITY_HELP)
    amount = GoodsField(min_value=SMALLEST)

    @staticmethod
    def make_line(values: dict[str, Any]) -> ReservedLine:
        return ReservedLine(values["product_reference"], values["quantity"])


@example(
    lines=[{"product": 1, "quantity": 2}, {"sku": "TEA-EARL", "quantity": 1}], expires_in=900, reference="cart 7731"
)
class ReserveSerializer(RemarksSerializer):
    """1 to 500 lines, of which all are reserved or none. Each product is in one line."""

    lines = LinesField(ReservedLineSerializer, max_length=MAX_LINES)
    expires_in = DurationField(
        required=False, help_text=f"Seconds until it expires. By default {DEFAULT_SECONDS}; null: until it is released."
    )
    metadata = MetadataField()


@example(reference="till 118")
class FulfilSerializer(RemarksSerializer):
    """What to sell: by default all that is reserved. Reference and note are by default those of the reservation."""

    lines = LinesField(
        ReservedLineSerializer, max_length=MAX_LINES, required=False,
        help_text="By default all that is reserved. The rest is released.",
    )  # fmt: skip
    occurred_at = OccurredAtField(required=False, allow_null=True, help_text="By default now.")


@example(expires_in=3600)
class ExtendSerializer(CachedFieldsSerializer):
    expires_in = DurationField(help_text="Seconds from now until it expires; null: until it is released.")


class ReservationLineSerializer(CleanModelSerializer):
    """A reserved product."""

    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField(source="product.name")
    amount = AmountOf(decimals="product.decimals")

    class Meta:
        model = ReservationLine
        fields = ("product", "product_name", "quantity", "amount")
        read_only_fields = fields


class ReservationSerializer(CleanModelSerializer):
    """A reservation with its lines, in the order of the request."""

    state = serializers.ChoiceField(
        choices=ReservationState.choices,
        help_text="`expired` follows from the clock: from `expires_at` on, nothing is reserved.",
    )
    made_by = serializers.IntegerField(source="made_by_id")
    operation = serializers.IntegerField(
        source="operation_id", allow_null=True, help_text="The sale that fulfilled it."
    )
    metadata = MetadataField()
    lines = ReservationLineSerializer(many=True, source="shown")

    class Meta:
        model = Reservation
        fields = (
            "id", "state", "expires_at", "reference", "note", "made_by", "made_by_username", "created_at", "operation",
            "metadata", "lines",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {"expires_at": {"help_text": "Null: it is reserved until it is released."}}

    def to_representation(self, instance: Reservation) -> dict[str, Any]:
        """Return the reservation as a dict. The lines skip their serializer, which is slow."""
        [reservation] = get_row_serializer(ReservationSerializer).serialize_objects([instance])
        return {**reservation, "lines": get_row_serializer(ReservationLineSerializer).serialize_objects(instance.shown)}
