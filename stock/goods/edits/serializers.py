"""The bodies of edits of many products."""

from typing import Any

from rest_framework import serializers

from core.fields import IdField, OptionalBooleanField, QuantityField, ThresholdField
from core.serializers import CachedFieldsSerializer, PriceField, example
from products.serializers import CategoryField
from products.taxes.look_ups import TaxField
from records.history.serializers import ChangedBySerializer, ChangesField
from stock.booking.drafts import by_id
from stock.goods.edits.hooks import FURTHER_PRICES
from stock.goods.edits.services import ARCHIVED, CHANGED, NOT_FREE, ProductEdit
from stock.line_fields import GoodsPriceField, LinesField, require_whole_price
from suppliers.look_ups import SupplierField


class ExpectedSerializer(CachedFieldsSerializer):
    """Values that the product must still have: of `category`, `supplier` and `tax` the ids."""

    price = PriceField(required=False)
    category = IdField(required=False, allow_null=True)
    supplier = IdField(required=False, allow_null=True)
    tax = IdField(required=False, allow_null=True)
    keeps_stock = OptionalBooleanField(required=False)
    min_threshold = QuantityField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for hook in FURTHER_PRICES:
            fields["prices"] = serializers.ListField(child=hook.make_field(), required=False)
        return fields


class EditLineSerializer(CachedFieldsSerializer):
    """New values of a product. Omitted fields stay as they are."""

    id = IdField()
    price = GoodsPriceField(required=False)
    category = CategoryField()
    supplier = SupplierField()
    tax = TaxField()
    keeps_stock = OptionalBooleanField(required=False)
    min_threshold = ThresholdField(required=False, allow_null=True)
    archived = serializers.BooleanField(required=False, help_text="True archives the product.")
    expected = ExpectedSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return require_whole_price(self, attrs, by_id(attrs["id"]))

    @staticmethod
    def make_line(values: dict[str, Any]) -> ProductEdit:
        product = by_id(values.pop("id"))
        expected, is_archived = values.pop("expected", {}), values.pop("archived", False)
        return ProductEdit(product, values, expected, is_archived)


@example(lines=[{"id": 1, "price": "25.00", "min_threshold": 12, "category": "Kitchen"}])
class EditSerializer(CachedFieldsSerializer):
    """1 to 1,000 lines, of which all are changed or none."""

    lines = LinesField(EditLineSerializer)
    rows = OptionalBooleanField(
        required=False, help_text="Change the prices for groups, quantities and days in proportion to the list price."
    )


class EditedSerializer(CachedFieldsSerializer):
    """What an edit has done. Its `id` is null if the products had the values already."""

    id = serializers.IntegerField(allow_null=True)
    changed = serializers.IntegerField(help_text="The number of changed products.")


class EditedProductSerializer(CachedFieldsSerializer):
    """What an edit has changed of a product."""

    product = serializers.IntegerField()
    name = serializers.CharField(help_text="The present name.")
    changes = ChangesField()


class EditDetailSerializer(ChangedBySerializer):
    """An edit of many products: who made it, and what it has changed."""

    undoes = serializers.IntegerField(allow_null=True, help_text="Id of the edit that this one has undone.")
    undone_by = serializers.IntegerField(allow_null=True, help_text="Id of the edit that has undone this one.")
    products = EditedProductSerializer(many=True)


class KeptSerializer(CachedFieldsSerializer):
    """Fields of a product that an undo has left as they are."""

    product = serializers.IntegerField()
    name = serializers.CharField()
    fields_ = serializers.ListField(child=serializers.CharField())
    reason = serializers.ChoiceField(
        [CHANGED, ARCHIVED, NOT_FREE],
        help_text=(
            "`changed_since`: it has been changed since. `is_archived`: the product has been archived since, or the"
            " former category, supplier or rate of VAT is. `not_free`: another product has a code or the options of"
            " this one."
        ),
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields. An attribute `fields` would replace the serializer's own."""
        fields = super().get_fields()
        return {name.removesuffix("_"): one for name, one in fields.items()}


class UndoneEditSerializer(EditedSerializer):
    """What an undo has done. It is an edit, too: its `id` is null if all values have been changed since."""

    kept = KeptSerializer(many=True)
