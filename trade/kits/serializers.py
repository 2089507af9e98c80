"""The bodies of kits."""

from typing import Any

from rest_framework import serializers

from core.fields import AmountField, AmountOf, CostSumField, LongTextField, SumField, TextField
from core.lists.serialization import get_row_serializer
from core.model_fields import CodeField, ExternalIdField, MetadataField
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, PriceField, example
from products.filing.serializers import ImportedRowsSerializer
from products.models import MAX_CODE_LENGTH
from trade.kits.fields import make_parts_field
from trade.kits.models import MAX_DESCRIPTION_LENGTH, Kit
from trade.kits.reading import attach_parts


@example(
    name="Tea for two", sku="KIT-TEA-2", price="39.00",
    parts=[{"product": 1, "quantity": 1}, {"sku": "TEA-GENMAI", "quantity": 2}],
)  # fmt: skip
class WriteKitSerializer(CachedFieldsSerializer):
    """A kit with 1 to 50 parts, each of another product. `price` of null: the sum of the prices of its parts."""

    name = TextField(max_length=255)
    sku = CodeField(required=False, allow_blank=True, max_length=MAX_CODE_LENGTH)
    barcode = CodeField(required=False, allow_blank=True, max_length=MAX_CODE_LENGTH)
    external_id = ExternalIdField()
    price = PriceField(required=False, allow_null=True)
    description = LongTextField(required=False, allow_blank=True, max_length=MAX_DESCRIPTION_LENGTH)
    parts = make_parts_field(help_text="In a PATCH, they replace all present parts.")
    metadata = MetadataField()


class KitPartSerializer(CachedFieldsSerializer):
    """A part of a kit, with the present values of its product."""

    product = serializers.IntegerField()
    product_name = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField(help_text="How much of it one kit has, in base units.")
    amount = AmountOf()
    unit = serializers.CharField()
    price = PriceField(help_text="The price of one unit of the product.")
    available = serializers.IntegerField(allow_null=True, help_text="Null if the stock of the product is not counted.")
    is_archived = serializers.BooleanField()


class KitSerializer(CleanModelSerializer):
    """A kit with its parts."""

    metadata = MetadataField()
    available = serializers.IntegerField(
        allow_null=True,
        help_text="How many whole kits the available parts allow; null if the stock of no part is counted.",
    )
    list_price = SumField(help_text="The sum of the prices of its parts.")
    cost = CostSumField(
        allow_null=True, help_text="What its parts cost on average. Null for workers, and if a cost is unknown."
    )
    parts = KitPartSerializer(many=True, source="shown")

    class Meta:
        model = Kit
        fields = (
            "id", "name", "sku", "barcode", "external_id", "price", "description", "available", "list_price", "cost",
            "parts", "metadata", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {"price": {"help_text": "Null: it is sold for `list_price`."}}

    def to_representation(self, instance: Kit) -> dict[str, Any]:
        """Return the kit as a dict. The parts skip their serializer, which is slow."""
        [kit] = attach_parts([instance]) if not hasattr(instance, "shown") else [instance]
        [data] = get_row_serializer(KitSerializer).serialize_objects([kit])
        return {**data, "parts": get_row_serializer(KitPartSerializer).serialize_objects(kit.shown)}


class AskedKitsSerializer(CachedFieldsSerializer):
    """What is kept of the kits of one line."""

    kit = serializers.IntegerField(source="kit_id")
    name = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = serializers.DecimalField(max_digits=12, decimal_places=2, help_text="The price of one kit.")
    total = SumField(help_text="The price of all these kits, before a discount of the whole sale.")


class SoldKitSerializer(AskedKitsSerializer):
    """Kits of one line of a sale, as they were sold."""

    lines = serializers.ListField(
        source="movements",
        child=serializers.IntegerField(),
        help_text="The places of the movements of the parts among the movements, counted from 0.",
    )
    returned = serializers.IntegerField(help_text="How many whole kits came back.")


class ReservedKitSerializer(AskedKitsSerializer):
    """Kits of one line of a reservation, as they were reserved."""

    lines = serializers.ListField(
        child=serializers.IntegerField(), help_text="The places of the lines of the parts among the lines, from 0."
    )


class CataloguePartSerializer(CachedFieldsSerializer):
    product = serializers.IntegerField()
    quantity = serializers.IntegerField(help_text="How much of it one kit has, in base units.")


class CatalogueKitSerializer(CachedFieldsSerializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    barcode = serializers.CharField()
    price = AmountField(
        max_digits=12, decimal_places=2, allow_null=True, help_text="Null: it costs what its parts do together."
    )
    updated_at = serializers.DateTimeField()
    parts = CataloguePartSerializer(many=True)


class ImportedKitSerializer(CachedFieldsSerializer):
    """A kit that the import created or changed, or would in case of a dry run."""

    line = serializers.IntegerField(help_text="Its first line in the file.")
    kit = serializers.IntegerField(allow_null=True, help_text="Null for a new one in a dry run.")
    name = serializers.CharField(help_text="Its name in the file, else its code.")
    change = serializers.CharField(help_text="`created` or `updated`.")


class ImportedKitsSerializer(ImportedRowsSerializer):
    """How many kits the import created, updated and left unchanged, or would in case of a dry run."""

    kits = ImportedKitSerializer(many=True, help_text="The first 100 that are created or changed.")
