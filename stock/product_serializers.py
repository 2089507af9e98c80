"""The bodies of a request that changes several products."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.examples import example
from core.fields import MAX_ID, WholeNumberField
from core.serializers import CachedFieldsSerializer
from products.serializers import ProductSerializer
from stock.booking.drafts import ProductReference
from stock.booking.product_changes import ProductChange
from stock.line_fields import LinesField

MAX_LINES = 500
NAMES = ("id", "sku", "external_id")  # the first one in a line names its product, and the others are new values


class ChangedProductSerializer(ProductSerializer):
    """Some fields of a product, which `id` names, else `sku`, else `external_id`. Omitted fields stay as they are."""

    id = WholeNumberField(required=False, min_value=1, max_value=MAX_ID)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "partial": True})

    def to_internal_value(self, data: Any) -> Any:
        """Add `product`, the reference to the product of the line."""
        values: dict[str, Any] = super().to_internal_value(data)
        name = next((name for name in NAMES if values.get(name)), None)
        if name is None:
            raise serializers.ValidationError({"id": [_("Name the product by its id, sku or external_id.")]})
        values["product"] = ProductReference("product" if name == "id" else name, values.pop(name))
        return values

    @staticmethod
    def make_line(values: dict[str, Any]) -> ProductChange:
        return ProductChange(values.pop("product"), values)


@example(lines=[{"id": 1, "price": "25.00"}, {"sku": "TEA-EARL", "min_threshold": 12, "quantity": 40}])
@extend_schema_serializer(extensions={"x-required-fields": ["lines"]})
class ChangeProductsSerializer(CachedFieldsSerializer):
    """1 to 500 lines, of which all are changed or none. Changed quantities are booked as one operation."""

    lines = LinesField(ChangedProductSerializer, max_length=MAX_LINES)


class ChangedProductsSerializer(CachedFieldsSerializer):
    """The changed products, in the order of the request."""

    lines = ProductSerializer(many=True)
