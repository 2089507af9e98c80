"""Request and response bodies of products and categories."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from core.errors import QuantityAndAmount
from core.fields import (
    AmountOf,
    CostSumField,
    OptionalBooleanField,
    OwnedRelatedField,
    QuantityField,
    TextField,
    ThresholdField,
    WholeNumberField,
)
from core.http.browsers import has_session
from core.model_fields import ExternalIdField
from core.money.amounts import MAX_DECIMALS
from core.serializers import CachedFieldsSerializer, CostPriceField, OwnedSerializer, PriceField, example
from core.texts.barcodes import join_digits
from products.attributes.fields import GroupField, MetadataField, OptionsField, OwnFieldsField, PartField, TagsField
from products.codes.fields import CodeSerializer
from products.models import MAX_CODES, Category, Product
from products.taxes.look_ups import TaxField
from suppliers.look_ups import SupplierField

CATEGORY_DESCRIPTION = (
    "The id of a category (an integer), or its name (text of up to 255 characters). A name finds the category ignoring"
    " case, or creates one. `null` for none."
)


@example(name="Kitchen")
class CategorySerializer(OwnedSerializer):
    class Meta:
        model = Category
        fields = ("id", "name", "created_at")


class CategoryField(OwnedRelatedField):
    """A category by id or by name. The service finds or creates a category given by name before it locks products."""

    response_type = "integer"
    default_error_messages = {"incorrect_type": gettext_lazy("Enter the id of one of your {rows}, or a name.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Category.objects.live(), allow_null=True, required=False, **kwargs)
        self.name_field = TextField(max_length=255)

    def to_internal_value(self, data: Any) -> Any:
        """Return a Category, or the name of a category to find or create."""
        if not isinstance(data, str) or (self.is_form() and data.isascii() and data.isdigit()):
            return super().to_internal_value(data)
        return self.name_field.run_validation(data)

    def is_form(self) -> bool:
        return isinstance(getattr(self.root, "initial_data", None), QueryDict)


class CategoryFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """The schema of CategoryField: an id or a name in requests, one of the two in responses."""

    target_class = CategoryField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        if direction == "response":
            return {"type": self.target.response_type}
        # The schema has no type, because client generators fail on a union of two types.
        return {"description": CATEGORY_DESCRIPTION}


# The first fields of a product in the order of the response. The other fields that people edit follow.
NAMED = (
    "id", "owner", "name", "description", "sku", "barcode", "external_id", "codes", "unit", "decimals",
    "price", "cost_price", "quantity", "quantity_in_stock", "amount", "reserved", "available", "on_order",
    "stock_value", "expected_quantity", "stock_sequence", "keeps_stock", "min_threshold", "expiration_date",
    "supplier", "supplier_name", "supplier_sku", "pack_size", "category", "category_name", "tax",
    "is_low_stock", "has_expiry", "is_expired", "expired_quantity",
    "last_counted_at", "created_at", "updated_at",
)  # fmt: skip
# The last fields of a response: what lies beside the product's row.
BESIDE = ("group", "group_name", "options", "fields", "tags", "metadata", "picture")


@example(
    name="Kettle, 1 l", sku="KETTLE-1", unit="pcs", price="24.50", cost_price="11.00", quantity=10, min_threshold=3,
    supplier=1, category="Kitchen",
)  # fmt: skip
class ProductSerializer(OwnedSerializer):
    """`quantity` and `quantity_in_stock` are the same number. Changing it books the difference as a movement."""

    price = PriceField()
    cost_price = CostPriceField(required=False, allow_null=True, help_text="Null for workers.")
    quantity = QuantityField(required=False, help_text="A whole number of base units.")
    quantity_in_stock = QuantityField(required=False, help_text="An alias of `quantity`.")
    amount = AmountOf(read_only=False)
    decimals = WholeNumberField(
        required=False, min_value=0, max_value=MAX_DECIMALS,
        help_text="How many decimals an amount of it has, from 0 to 3: 3 for kilograms, of which grams are booked."
        " Prices are those of one `unit`. Fixed once it has moved. Until then, `min_threshold`, `pack_size` and the"
        " quantities of `codes` that the request does not change keep their amounts.",
    )  # fmt: skip
    expected_quantity = QuantityField(
        required=False, write_only=True, help_text="Refuse with 409 if the current quantity differs from this."
    )
    reserved = serializers.IntegerField(read_only=True, help_text="The quantity in open reservations.")
    available = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="`quantity` less `reserved`: what can be sold. Below 0 after a loss of reserved stock. Null without"
        " `keeps_stock`.",
    )
    on_order = serializers.IntegerField(read_only=True, help_text="The outstanding quantity of sent purchase orders.")
    stock_value = CostSumField(
        read_only=True, allow_null=True, help_text="What the stock has cost, by the moving average. Null for workers."
    )
    stock_sequence = QuantityField(
        required=False,
        max_value=None,
        help_text="Number of the last movement. A changed quantity with an outdated number is refused with 409.",
    )
    keeps_stock = OptionalBooleanField(
        required=False, help_text="False for what nobody counts, such as a service: it is sold without a limit, and its"
        " quantity is always 0. It can become false while nothing is in stock.",
    )  # fmt: skip
    min_threshold = ThresholdField(
        required=False, allow_null=True,
        help_text="At this quantity or below, the product is low on stock. Null: it is never low, as without"
        " `keeps_stock`. The default is 5, and null if `decimals` are above 0.",
    )  # fmt: skip
    codes = CodeSerializer(  # `max_length` is the limit of the list
        many=True,
        required=False,
        max_length=MAX_CODES,
        help_text="Further codes, such as that of a case, and how many units each stands for.",
    )
    external_id = ExternalIdField()
    supplier = SupplierField()
    supplier_sku = TextField(
        required=False, allow_blank=True, max_length=64, help_text="The supplier's own code of the product."
    )
    pack_size = QuantityField(
        required=False, min_value=1, help_text="The supplier sells whole packs of this quantity: 12 for a dozen."
    )
    category = CategoryField()
    tax = TaxField(help_text="The rate of VAT in its price: see `prices_include_tax` of the shop.")
    category_name = serializers.CharField(source="category.name", default=None, read_only=True, allow_null=True)
    supplier_name = serializers.CharField(source="supplier.name", default=None, read_only=True, allow_null=True)
    is_low_stock = serializers.BooleanField(source="is_low", read_only=True)
    has_expiry = serializers.BooleanField(read_only=True)
    is_expired = serializers.BooleanField(
        read_only=True, help_text="Some of the stock has expired; without lots, the date has been reached."
    )
    expired_quantity = serializers.IntegerField(
        read_only=True,
        help_text=(
            "The expired stock: lots after their dates, and stock that is in no dated lot from `expiration_date` on."
        ),
    )

    group = GroupField(help_text="The group of variants that the product belongs to.")
    group_name = PartField()
    options = OptionsField(
        required=False, help_text="The value of each axis of the group. They replace the present ones."
    )
    fields = OwnFieldsField(  # type: ignore[assignment] # a declared field, which the class does not keep as an attribute
        required=False, help_text="Values of the shop's own fields. A PATCH merges them, and null removes a value."
    )
    tags = TagsField(
        required=False, help_text='A list, which replaces the tags, or `{"add": [], "remove": []}`. Case is ignored.'
    )
    metadata = MetadataField(
        required=False, help_text="Texts of other programs. A PATCH merges them, and null removes a text."
    )
    picture = PartField(help_text="The address of the picture, relative to this service.")

    class Meta:
        model = Product
        fields: tuple[str, ...] = (*NAMED, *Product.list_further({*NAMED, *BESIDE}), *BESIDE)
        read_only_fields = ("owner", "last_counted_at")
        columns = {"quantity_in_stock": "quantity"}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Merge `quantity_in_stock` and `amount` into `quantity`. Raise ValidationError or QuantityAndAmount.

        A barcode that somebody types on a page, such as 978-3-16-148410-0, is saved as scanners read it. A new product
        that somebody adds there is never low unless they enter a threshold.
        """
        alias = attrs.pop("quantity_in_stock", None)
        if alias is not None and attrs.setdefault("quantity", alias) != alias:
            message = _("This differs from quantity: send one of them.")
            raise serializers.ValidationError({"quantity_in_stock": [message]})
        if (amount := attrs.pop("amount", None)) is not None:
            if "quantity" in attrs:
                raise QuantityAndAmount
            attrs["quantity"] = amount
        is_by_person = has_session(self.context["request"])
        if attrs.get("barcode") and is_by_person:
            attrs["barcode"] = join_digits(attrs["barcode"])
        if is_by_person and self.instance is None and not self.partial:
            attrs.setdefault("min_threshold", None)
        return attrs


class ExternalIdSerializer(CachedFieldsSerializer):
    """The external id in the address of a product."""

    external_id = ExternalIdField(required=True, allow_null=False, allow_blank=False)


class CategoryTextField(CategoryField):
    """A category whose name is returned instead of its id."""

    response_type = "string"

    def use_pk_only_optimization(self) -> bool:
        return False

    def to_representation(self, value: Any) -> Any:
        return value.name


@example(name="Kettle, 1 l", description="Steel", quantity=10, price="24.50", category="Kitchen")
class ItemSerializer(ProductSerializer):
    """A product under other field names, with its category as text."""

    category = CategoryTextField()
    date_added = serializers.DateTimeField(source="created_at", read_only=True)
    last_updated = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta(ProductSerializer.Meta):
        fields = (
            "id", "name", "description", "quantity", "expected_quantity", "price", "category",
            "date_added", "last_updated", "created_at", "updated_at",
        )  # fmt: skip
        columns = {"category": "category__name"}


class LevelSerializer(OwnedSerializer):
    """The stock level of a product."""

    is_low_stock = serializers.BooleanField(source="is_low", read_only=True)

    class Meta:
        model = Product
        fields = ("id", "name", "quantity", "min_threshold", "is_low_stock")
        read_only_fields = fields
