"""The bodies of a request that changes several products."""

from typing import Any

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.fields import IdField
from core.model_fields import ExternalIdField
from core.serializers import CachedFieldsSerializer, example
from products.serializers import ProductSerializer
from stock.booking.drafts import ProductReference
from stock.goods.changes import ProductChange
from stock.line_fields import GoodsPriceField, LinesField, require_whole_price

MAX_LINES = 500


class ChangedProductSerializer(ProductSerializer):
    """Some fields of a product, which `id` names, else `sku`, else `external_id`. Omitted fields stay as they are."""

    id = IdField(required=False)
    price = GoodsPriceField()
    names: tuple[str, ...] = ("id", "sku", "external_id")  # the first of them that a line has names the product
    unnamed: Any = gettext_lazy("Name the product by its id, sku or external_id.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "partial": True})

    def to_internal_value(self, data: Any) -> Any:
        """Add `product`, the reference to the product of the line."""
        values: dict[str, Any] = super().to_internal_value(data)
        name = next((name for name in self.names if values.get(name)), None)
        if name is None:
            raise serializers.ValidationError({self.names[0]: [self.unnamed]})
        values["product"] = ProductReference("product" if name == "id" else name, values.pop(name))
        return require_whole_price(self, values, values["product"])

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


@extend_schema_serializer(extensions={"x-required-fields": ["external_id"]})
class UpsertLineSerializer(ChangedProductSerializer):
    """A product, which `external_id` names. A new one needs `name` and `price`. Omitted fields of others stay.

    `quantity` or `amount` is the opening stock of a new product. A line for another one is refused if it differs.
    """

    id = None  # type: ignore[assignment] # the field of the base class, which this one does not have
    external_id = ExternalIdField(allow_null=False, allow_blank=False)
    names = ("external_id",)
    unnamed = serializers.Field.default_error_messages["required"]

    class Meta(ProductSerializer.Meta):
        fields = tuple(
            name for name in ProductSerializer.Meta.fields if name not in ("id", "expected_quantity", "stock_sequence")
        )


@example(lines=[{"external_id": "gid-1", "name": "Kettle, 1 l", "price": "24.50"}])
@extend_schema_serializer(extensions={"x-required-fields": ["lines"]})
class UpsertProductsSerializer(CachedFieldsSerializer):
    """1 to 500 lines, of which all are written or none."""

    lines = LinesField(UpsertLineSerializer, max_length=MAX_LINES)


class UpsertedLineSerializer(CachedFieldsSerializer):
    """The product of a line, and whether the line has created it."""

    id = serializers.IntegerField()
    created = serializers.BooleanField()


class UpsertedProductsSerializer(CachedFieldsSerializer):
    """The products, in the order of the request."""

    lines = UpsertedLineSerializer(many=True)
