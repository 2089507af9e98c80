"""The bodies of recipes and makings, and recipes as a file with a row for each part."""

from collections.abc import Iterator, Sequence
from typing import Any

from rest_framework import serializers

from core.fields import AmountOf, CostSumField, LongTextField, QuantityField
from core.lists.serialization import get_row_serializer
from core.money.amounts import scale
from core.serializers import CachedFieldsSerializer, example
from core.translation import gettext_noop as _
from stock.booking.drafts import BookingLine
from stock.booking_fields import OccurredAtField, RemarksSerializer
from stock.line_fields import (
    GoodsSerializer,
    LineAmountField,
    LineQuantityField,
    LinesField,
    LocationField,
    LotField,
    PartLineSerializer,
    PlaceSerializer,
    ProductReferenceSerializer,
    make_place,
)
from stock.making.services import MakingDraft
from stock.models import MAX_NOTE_LENGTH, MAX_PARTS, MovementType, Recipe, RecipePart
from stock.serializers import OfProductSerializer
from users.models import User


class WriteRecipePartSerializer(PartLineSerializer):
    """A part of a recipe: one product, and how much of it the recipe needs."""


@example(makes=2, parts=[{"sku": "SIEVE", "quantity": 1}], note="Half of it each")
class WriteRecipeSerializer(GoodsSerializer):
    """What a product is made of: `makes` of it need 1 to 50 parts, each of another product."""

    quantity_field, amount_field = "makes", "makes_amount"
    makes = QuantityField(min_value=1, required=False, help_text="How much the parts make, in base units.")
    makes_amount = LineAmountField()
    parts = WriteRecipePartSerializer(many=True, allow_empty=False, max_length=MAX_PARTS)
    note = LongTextField(max_length=MAX_NOTE_LENGTH, required=False, allow_blank=True)


class RecipePartSerializer(CachedFieldsSerializer):
    """A part of a recipe, with the present values of its product."""

    product = serializers.IntegerField()
    product_name = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField(help_text="How much of it the recipe needs, in base units.")
    amount = AmountOf()
    unit = serializers.CharField()
    available = serializers.IntegerField(allow_null=True, help_text="Null if the stock of the product is not counted.")
    is_archived = serializers.BooleanField()
    decimals = serializers.IntegerField()


class RecipeSerializer(OfProductSerializer):
    """What a product is made of."""

    unit = serializers.CharField(source="product.unit")
    decimals = serializers.IntegerField(source="product.decimals")
    makes_amount = AmountOf("makes", "product.decimals")
    can_make = serializers.IntegerField(
        allow_null=True,
        help_text="How much can be made of what is available, in whole batches. Null if the stock of no part is"
        " counted.",
    )
    can_make_amount = AmountOf("can_make", "product.decimals")
    cost = CostSumField(
        max_digits=22,
        decimal_places=2,
        allow_null=True,
        help_text="What its parts cost on average, for one. Null for workers, and if a cost is unknown.",
    )
    parts = RecipePartSerializer(many=True)

    class Meta:
        model = Recipe
        fields = (
            "product", "product_name", "sku", "unit", "decimals", "makes", "makes_amount", "can_make",
            "can_make_amount", "cost", "parts", "note", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Recipe) -> dict[str, Any]:
        """Return the recipe as a dict. The parts skip their serializer, which is slow."""
        [data] = get_row_serializer(RecipeSerializer).serialize_objects([instance])
        return {**data, "parts": get_row_serializer(RecipePartSerializer).serialize_objects(instance.parts)}


class UsedLineSerializer(PlaceSerializer, GoodsSerializer, ProductReferenceSerializer):
    """What a whole making has really used of a product, or what taking apart has really given."""

    quantity = LineQuantityField()
    amount = LineAmountField()

    @staticmethod
    def make_line(values: dict[str, Any]) -> BookingLine:
        place = make_place(values)
        return BookingLine(values["product_reference"], MovementType.OUT, values["quantity"], place=place)


class UsedField(LinesField):
    """What a making has used. An empty list counts as none: generated clients send it."""

    def get_value(self, dictionary: Any) -> Any:
        return super().get_value(dictionary) or serializers.empty


@example(product=1, quantity=2, used=[{"sku": "SIEVE", "quantity": 1}], note="Packed on Monday")
class MakingSerializer(PlaceSerializer, GoodsSerializer, ProductReferenceSerializer, RemarksSerializer):
    """What is made or taken apart. `location`, `lot` and `expires_on` are those of what comes in."""

    quantity = LineQuantityField()
    amount = LineAmountField()
    take_apart = serializers.BooleanField(required=False, help_text="The product goes out, and its parts come in.")
    from_location = LocationField(required=False, help_text="Where what goes out is taken from.")
    from_lot = LotField(help_text="The lot that goes out. By default in the order of a sale.")
    occurred_at = OccurredAtField()
    used = UsedField(
        UsedLineSerializer,
        max_length=MAX_PARTS,
        required=False,
        help_text="What the whole has really used, waste included. By default what the recipe says.",
    )


def make_making(values: dict[str, Any]) -> MakingDraft:
    """Return what a validated body makes or takes apart."""
    source = {"location": values.get("from_location"), "lot": values.get("from_lot")}
    apart = values.get("take_apart", False)
    return MakingDraft(values["product_reference"], values["quantity"], apart, make_place(values), make_place(source))


LABELS = {
    "product": "Product",
    "sku": "SKU",
    "makes": _("Makes"),
    "unit": "Unit",
    "part": _("Part"),
    "part_sku": _("SKU of the part"),
    "quantity": "Quantity",
    "part_unit": _("Unit of the part"),
    "note": "Note",
}


def export_rows(user: User, recipes: Any) -> Iterator[Sequence[Any]]:
    """Yield the header, and a row for each part of these recipes of the user's account."""
    yield [*LABELS]
    parts = RecipePart.objects.for_user(user).filter(recipe__in=recipes).order_by("recipe_id", "id")
    for part in parts.select_related("recipe__product", "product").iterator():
        made, used = part.recipe.product, part.product
        makes, quantity = scale(part.recipe.makes, made.decimals), scale(part.quantity, used.decimals)
        yield made.name, made.sku, makes, made.unit, used.name, used.sku, quantity, used.unit, part.recipe.note
