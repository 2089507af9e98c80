"""Products and categories as clients see them."""

from typing import Any

from django.http import QueryDict
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from core.examples import example
from core.fields import AmountField, OwnedRelatedField, QuantityField, TextField
from core.serializers import CachedFieldsSerializer, OwnedSerializer
from products.models import MAX_PRICE, Category, Product

CATEGORY = (
    "The id of a category (an integer), or a name (text of up to 255 characters): the category of this name, ignoring"
    " case, or a new one. `null` for none."
)


@example(name="Kitchen")
class CategorySerializer(OwnedSerializer):
    class Meta:
        model = Category
        fields = ("id", "name", "created_at")


class CategoryField(OwnedRelatedField):
    """A category by id or by name. The view finds or creates the category of a name, before it locks the product."""

    answered_as = "integer"
    form_hint = "The id of one of the account's categories, or a name: a new one is created."
    default_error_messages = {
        "max_length": "Ensure this field has no more than 255 characters.",
        "incorrect_type": "Enter the id of one of your {rows}, or a name.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Category.objects.all(), allow_null=True, required=False, **kwargs)
        self.name_field = TextField(max_length=255)

    def to_internal_value(self, data: Any) -> Any:
        """A Category, or the name of one to find or create."""
        if not isinstance(data, str) or (self.is_form() and data.isascii() and data.isdigit()):
            return super().to_internal_value(data)
        return self.name_field.run_validation(data)

    def is_form(self) -> bool:
        return isinstance(self.root.initial_data, QueryDict)


class CategoryFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """The schema of the field: an id or a name in a request, one of the two in a response."""

    target_class = CategoryField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        if direction == "response":
            return {"type": self.target.answered_as}
        return {"description": CATEGORY}  # of any type: client generators fail on a choice of two types


class PriceField(AmountField):
    """An amount of money with two places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, min_value=0, max_value=MAX_PRICE, **kwargs)


@example(
    name="Kettle, 1 l", sku="KETTLE-1", unit="pcs", price="24.50", cost_price="11.00", quantity=10, min_threshold=3,
    supplier=1, category="Kitchen",
)  # fmt: skip
class ProductSerializer(OwnedSerializer):
    """`quantity` and `quantity_in_stock` are one number; writing it books the difference."""

    price = PriceField()
    cost_price = PriceField(required=False, allow_null=True)
    quantity = QuantityField(required=False, help_text="In base units.")
    quantity_in_stock = QuantityField(
        required=False, help_text="The quantity under its other name.", style={"base_template": "left_out.html"}
    )
    expected_quantity = QuantityField(
        required=False,
        write_only=True,
        help_text="Refuse with 409 if the quantity is another one by now.",
        style={"base_template": "left_out.html"},
    )
    stock_sequence = QuantityField(
        required=False,
        max_value=None,
        help_text="Number of the last movement. Sent back with a changed quantity, refused with 409 if it is old.",
        style={"base_template": "unseen.html"},
    )
    min_threshold = QuantityField(required=False, help_text="At or below this quantity the product is low.")
    category = CategoryField()
    category_name = serializers.CharField(source="category.name", default=None, read_only=True, allow_null=True)
    supplier_name = serializers.CharField(source="supplier.name", default=None, read_only=True, allow_null=True)
    is_low_stock = serializers.BooleanField(read_only=True)
    has_expiry = serializers.BooleanField(read_only=True)
    is_expired = serializers.BooleanField(read_only=True)

    class Meta:
        model = Product
        fields = (
            "id", "owner", "name", "description", "sku", "barcode", "unit", "price", "cost_price",
            "quantity", "quantity_in_stock", "expected_quantity", "stock_sequence", "min_threshold",
            "expiration_date", "supplier", "supplier_name", "category", "category_name",
            "is_low_stock", "has_expiry", "is_expired", "last_counted_at", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("owner", "last_counted_at")
        columns = {"quantity_in_stock": "quantity"}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Merge the two names of the quantity; different numbers under them would mislead."""
        alias = attrs.pop("quantity_in_stock", None)
        if alias is not None and attrs.setdefault("quantity", alias) != alias:
            raise serializers.ValidationError({"quantity_in_stock": ["This differs from quantity: send one of them."]})
        return attrs


class EmptySerializer(CachedFieldsSerializer):
    """The body of a restore: no fields."""


class CategoryTextField(CategoryField):
    """The same, answered as text."""

    answered_as = "string"

    def use_pk_only_optimization(self) -> bool:
        return False

    def to_representation(self, value: Any) -> Any:
        return value.name


@example(name="Kettle, 1 l", description="Steel", quantity=10, price="24.50", category="Kitchen")
class ItemSerializer(ProductSerializer):
    """A product in other words."""

    category = CategoryTextField()
    date_added = serializers.DateTimeField(source="created_at", read_only=True)
    last_updated = serializers.DateTimeField(source="updated_at", read_only=True)

    class Meta(ProductSerializer.Meta):
        fields = (  # type: ignore[assignment]
            "id", "name", "description", "quantity", "expected_quantity", "price", "category",
            "date_added", "last_updated", "created_at", "updated_at",
        )  # fmt: skip
        columns = {"category": "category__name"}


class LevelSerializer(OwnedSerializer):
    """How much there is of a product."""

    is_low_stock = serializers.BooleanField(read_only=True)

    class Meta:
        model = Product
        fields = ("id", "name", "quantity", "min_threshold", "is_low_stock")
        read_only_fields = fields


class ImportSerializer(CachedFieldsSerializer):
    file = serializers.FileField(
        allow_empty_file=True,
        help_text="CSV in UTF-8; the delimiter is a comma, a semicolon or a tab.",
        style={"base_template": "import_file.html"},
    )
    dry_run = serializers.BooleanField(
        required=False,
        help_text="Say what would happen, and write nothing.",
        style={"base_template": "yes_no.html"},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse unknown fields, which may be a misspelled dry run, and a second file."""
        known = {*self.fields, "csrfmiddlewaretoken"}
        if unknown := sorted(set(self.initial_data) - known):
            message = "There is no such field here. There is file, dry_run."
            raise serializers.ValidationError({name: [message] for name in unknown})
        if len(self.initial_data.getlist("file")) != 1:
            raise serializers.ValidationError({"file": ["Send one file."]})
        return attrs


class ImportAnswerSerializer(CachedFieldsSerializer):
    """What became of the rows; of a dry run, what would."""

    dry_run = serializers.BooleanField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    operation = serializers.IntegerField(allow_null=True, help_text="Null if no quantity changed, and in a dry run.")
