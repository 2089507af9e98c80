"""The response to a scanned code."""

from typing import Any

from rest_framework import serializers

from core.serializers import CachedFieldsSerializer
from products.reading.scanning import MATCHES
from products.serializers import ProductSerializer
from stock.places.serializers import LotSerializer


class GS1Serializer(CachedFieldsSerializer):
    """The GS1 data of a scanned code. A field that the code does not have is null."""

    gtin = serializers.CharField(allow_null=True, help_text="The number of the article, as 14 digits.")
    lot = serializers.CharField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True, help_text="Use by; without it, best before.")
    serial = serializers.CharField(allow_null=True)


class ScanSerializer(CachedFieldsSerializer):
    """The product that a scanned code names."""

    product = ProductSerializer()
    matched = serializers.CharField(
        help_text=f"One of {', '.join(MATCHES)}. What the code is: the barcode, the SKU, a further code, a GTIN that"
        " equals the barcode as a number of 14 digits, or a GTIN with a `lot` that the shop has.",
    )
    quantity = serializers.IntegerField(help_text="The number of units that the code stands for. Nothing books it.")
    gs1 = GS1Serializer(allow_null=True, help_text="Null if the code is not GS1 data from its beginning to its end.")
    lot = LotSerializer(allow_null=True, help_text="The lot of the product that the code names, if the shop has it.")


def describe_gs1(found: Any) -> dict[str, Any] | None:
    """Return the GS1 data of the code as the API shows it."""
    return dict(GS1Serializer(found).data) if found else None
