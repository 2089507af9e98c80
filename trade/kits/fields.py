"""The field of the parts of one kit."""

from typing import Any

from rest_framework import serializers

from stock.line_fields import PartLineSerializer
from stock.models import MAX_PARTS
from trade.kits.errors import KitInKit
from trade.kits.models import KIT


class PartSerializer(PartLineSerializer):
    """A part of a kit: one product, and its quantity in one kit."""

    refusals = {KIT: KitInKit}


def make_parts_field(**options: Any) -> serializers.BaseSerializer:
    """Return the field of the parts of one kit: 1 to MAX_PARTS products."""
    return PartSerializer(many=True, max_length=MAX_PARTS, **{"allow_empty": False, **options})


def make_own_fields() -> dict[str, serializers.BaseSerializer]:
    """Return the field of the parts of a kit in a line. An empty list counts as none: generated clients send it."""
    help_text = "Of a kit: all parts of one, if they are not the usual ones."
    return {"parts": make_parts_field(required=False, allow_empty=True, help_text=help_text)}
