"""The bodies of groups of variants. In forms, a list is a text with one value in each line."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.fields import CostSumField, LinesField, TextField
from core.serializers import CachedFieldsSerializer, OwnedSerializer, PriceField, example, make_units_field
from core.texts.cleaning import fold_case
from products.models import MAX_AXES, MAX_AXIS_LENGTH, MAX_VALUE_LENGTH, MAX_VALUES, Group, Product
from products.serializers import ProductSerializer
from products.variants.errors import TooManyAxes

MAX_TEMPLATE_LENGTH = 255


class AxesField(LinesField):
    """The names of the axes of a group, which differ, ignoring case."""

    default_error_messages = {"twice": gettext_lazy("“{axis}” is in the list twice.")}
    child = TextField(max_length=MAX_AXIS_LENGTH)

    def to_internal_value(self, data: Any) -> list[str]:
        axes: list[str] = super().to_internal_value(data)
        if len(axes) > MAX_AXES:
            raise TooManyAxes(limit=MAX_AXES)
        found = set()
        for axis in axes:
            if (folded := fold_case(axis)) in found:
                self.fail("twice", axis=axis)
            found.add(folded)
        return axes


@example(name="Shirt", axes=["size", "colour"])
class GroupSerializer(OwnedSerializer):
    """A group of variants. The numbers are those of its products that are not archived."""

    axes = AxesField(required=False, help_text="What its products differ in: up to three, such as `size`.")
    products = serializers.IntegerField(read_only=True, help_text="The number of its products.")
    quantity = serializers.IntegerField(read_only=True, help_text="Their stock, in base units.")
    available = serializers.IntegerField(read_only=True, help_text="Their stock without what is reserved.")
    by_unit = make_units_field("VariantsByUnit", "quantity", "available", read_only=True)
    value = CostSumField(read_only=True, allow_null=True, help_text="What their stock has cost. Null for workers.")

    class Meta:
        model = Group
        fields: tuple[str, ...] = (
            "id", "name", "axes", "products", "quantity", "available", "by_unit", "value", "created_at",
        )  # fmt: skip


@example(name="T-shirt", rename={"size": {"M": "Medium"}})
class ChangeGroupSerializer(GroupSerializer):
    """A change of a group, and of values and axes in the options of its products."""

    rename = serializers.DictField(
        child=serializers.DictField(child=TextField(max_length=MAX_VALUE_LENGTH)), write_only=True, required=False,
        help_text="New values, by the present name of their axis.",
    )  # fmt: skip
    rename_axes = serializers.DictField(
        child=TextField(max_length=MAX_AXIS_LENGTH), write_only=True, required=False,
        help_text="The new names of axes. `axes`, if it is sent, has these new names.",
    )  # fmt: skip

    class Meta(GroupSerializer.Meta):
        fields = (*GroupSerializer.Meta.fields, "rename", "rename_axes")


TEMPLATE = "In it, `{size}` stands for the value of the axis `size`."


OF_GROUP = ("options", "name", "sku", "price", "cost_price")
SHARED = {*Product.list_further({*OF_GROUP, "barcode", "external_id"}), "fields", "tags", "metadata"}


@example(options={"size": ["S", "M"]}, sku="TEE-{size}", price="19.00")
class FillSerializer(ProductSerializer):
    """The values of some axes, and what the products of all of their combinations have in common."""

    options = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(
            child=TextField(max_length=MAX_VALUE_LENGTH), allow_empty=False, max_length=MAX_VALUES
        ),
        allow_empty=False,
        help_text="Values by axis. Products have no value of an axis that is left out.",
    )
    name = TextField(
        required=False, allow_blank=True, max_length=MAX_TEMPLATE_LENGTH,
        help_text=f"{TEMPLATE} By default the group's name and the values.",
    )  # fmt: skip
    sku = TextField(required=False, allow_blank=True, max_length=MAX_TEMPLATE_LENGTH, help_text=TEMPLATE)
    price = PriceField(default=Decimal("0.00"))

    class Meta(ProductSerializer.Meta):
        fields = (*OF_GROUP, *(name for name in ProductSerializer.Meta.fields if name in SHARED))


class FilledSerializer(CachedFieldsSerializer):
    """The products that were missing, in the order of the values."""

    products = ProductSerializer(many=True)
