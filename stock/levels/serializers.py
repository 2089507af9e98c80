"""The bodies of levels."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from core.fields import GoodsField
from core.serializers import CachedFieldsSerializer, example
from products.filing.serializers import ImportedRowsSerializer
from stock.levels.models import Level
from stock.levels.reading import show_level
from stock.levels.services import LevelLine
from stock.line_fields import LinesField, ProductReferenceSerializer

MAX_LINES = 500


class WritePlaceLevelSerializer(ProductReferenceSerializer):
    """A product, and at which amount it is low there. Both amounts are null if it is to have no level."""

    low_at = GoodsField(required=True, help_text="It is low if this amount, in its unit, or less lies there.")
    fill_to = GoodsField(required=True, help_text="The amount that is to lie there then, above `low_at`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in ("low_at", "fill_to") if attrs[name] is None]
        if len(missing) == 1:
            raise serializers.ValidationError({missing[0]: [gettext("Give both amounts, or neither.")]})
        return attrs

    @staticmethod
    def make_line(values: dict[str, Any]) -> LevelLine:
        return LevelLine(values["product_reference"], values["low_at"], values["fill_to"])


@example(lines=[{"product": 1, "low_at": "2", "fill_to": "12"}, {"sku": "SIEVE", "low_at": None, "fill_to": None}])
class WritePlaceLevelsSerializer(CachedFieldsSerializer):
    """The levels that are set or removed. The others stay."""

    lines = LinesField(WritePlaceLevelSerializer, max_length=MAX_LINES)


class ProductAtPlaceSerializer(CachedFieldsSerializer):
    location = serializers.IntegerField()
    location_name = serializers.CharField()
    product = serializers.IntegerField()
    name = serializers.CharField(help_text="That of the product.")


class PlaceLevelSerializer(ProductAtPlaceSerializer):
    """At which amount a product is low at a place, and up to which it is filled then."""

    id = serializers.IntegerField()
    sku = serializers.CharField()
    unit = serializers.CharField()
    low_at = serializers.CharField(help_text="In the unit of the product.")
    fill_to = serializers.CharField(help_text="In the unit of the product.")

    def to_representation(self, instance: Level) -> dict[str, Any]:
        return show_level(instance)


class ImportedLevelSerializer(ProductAtPlaceSerializer):
    """A level that the import changed, or would in case of a dry run."""

    line = serializers.IntegerField()
    change = serializers.CharField(help_text="`created` or `updated`, also if it was removed.")


class ImportedLevelsSerializer(ImportedRowsSerializer):
    """How many levels the import set, or would in case of a dry run."""

    levels = ImportedLevelSerializer(many=True, help_text="The first 100 that are created or changed.")
