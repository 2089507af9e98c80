"""The fields that name kits and their parts in a request that sells, reserves or gives back."""

from typing import Any

from rest_framework import serializers

from core.errors import DomainError
from core.fields import GoodsField, QuantityField, WholeNumberField
from core.kinds import MAX_ID
from stock.booking.drafts import PartLine
from stock.line_fields import QUANTITY_HELP, SMALLEST, GoodsSerializer, ProductReferenceSerializer
from trade.kits.errors import KitInKit
from trade.kits.models import MAX_PARTS


class PartSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A part of a kit: one product, and its quantity in one kit."""

    kit_refusal: type[DomainError] = KitInKit
    quantity = QuantityField(min_value=1, required=False, help_text=QUANTITY_HELP)
    amount = GoodsField(min_value=SMALLEST)

    def to_internal_value(self, data: Any) -> PartLine:
        values = super().to_internal_value(data)
        return PartLine(values["product_reference"], values["quantity"])


def make_kit_field(**options: Any) -> WholeNumberField:
    return WholeNumberField(required=False, min_value=1, max_value=MAX_ID, **options)


def make_parts_field(**options: Any) -> serializers.BaseSerializer:
    """Return the field of the parts of one kit: 1 to MAX_PARTS products."""
    return PartSerializer(many=True, max_length=MAX_PARTS, **{"allow_empty": False, **options})


def make_own_parts_field() -> serializers.BaseSerializer:
    """Return the field of the parts of a kit in a line. An empty list counts as none: generated clients send it."""
    help_text = "Of a kit: all parts of one, if they are not the usual ones."
    return make_parts_field(required=False, allow_empty=True, help_text=help_text)
