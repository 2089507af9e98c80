"""Fields of bodies that name kits, and the parts of one kit."""

from typing import Any

from rest_framework import serializers

from core.fields import IdField, WholeNumberField
from stock.line_fields import PartLineSerializer
from stock.models import MAX_PARTS
from trade.kits.errors import KitInKit


class PartSerializer(PartLineSerializer):
    """A part of a kit: one product, and its quantity in one kit."""

    kit_refusal = KitInKit


def make_kit_field(**options: Any) -> WholeNumberField:
    return IdField(required=False, **options)


def make_parts_field(**options: Any) -> serializers.BaseSerializer:
    """Return the field of the parts of one kit: 1 to MAX_PARTS products."""
    return PartSerializer(many=True, max_length=MAX_PARTS, **{"allow_empty": False, **options})


def make_own_parts_field() -> serializers.BaseSerializer:
    """Return the field of the parts of a kit in a line. An empty list counts as none: generated clients send it."""
    help_text = "Of a kit: all parts of one, if they are not the usual ones."
    return make_parts_field(required=False, allow_empty=True, help_text=help_text)
