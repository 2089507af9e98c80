"""The bodies and query parameters of price groups, of prices, and of the preview of what goods cost."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.serializers import Field

from core.fields import AmountField, DateField, GoodsField, SumField
from core.kinds import MAX_ID
from core.lists import filters
from core.serializers import CachedFieldsSerializer, OwnedSerializer, PriceField, example
from products.filing.serializers import ImportedRowsSerializer
from records.contacts.serializers import ContactField
from stock.booking.drafts import BookingLine
from stock.booking_fields import InstantField
from stock.goods.edits.hooks import FurtherPricesHook
from stock.line_fields import (
    SMALLEST,
    GoodsSerializer,
    LineAmountField,
    LineQuantityField,
    LinesField,
    ProductReferenceSerializer,
)
from stock.models import MovementType, PriceSource
from trade.customers.models import Customer
from trade.prices import edits
from trade.prices.fields import GroupField
from trade.prices.models import MAX_PERCENT, PriceGroup, PriceRow
from trade.prices.reading import list_shown, show_listed, show_to_scripts
from trade.prices.services import Terms, change_group, make_terms
from trade.selling.fields import make_goods_fields
from trade.selling.goods import list_kinds
from trade.selling.prices import has_prices
from trade.tills.hooks import CatalogueHook
from users.models import User

MAX_LINES = 500


@example(name="Clubs", percent="10.00")
class PriceGroupSerializer(OwnedSerializer):
    percent = AmountField(
        max_digits=5, decimal_places=2, min_value=0, max_value=MAX_PERCENT, required=False,
        help_text="How much its customers pay less than the list price. By default 0.00.",
    )  # fmt: skip

    class Meta:
        model = PriceGroup
        fields = ("id", "name", "percent", "created_at")

    def update(self, instance: PriceGroup, validated_data: dict[str, Any]) -> PriceGroup:
        """Save the locked row."""
        return change_group(instance, validated_data)


class PriceGroupFilter(filters.ArchivedFilterSet):
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived price groups instead")
    search = filters.SearchFilter(fields=["name"])
    ordering = filters.OrderingFilter(fields=["name", "percent", "created_at"])


class PriceRowSerializer(CachedFieldsSerializer):
    """What goods cost: for everybody or a group, from a quantity on, on some days."""

    class Meta:
        model = PriceRow

    price_group = GroupField(help_text="The id of a price group. By default everybody.")
    vars()["from"] = GoodsField(
        min_value=SMALLEST,
        help_text="The least amount, in the unit of the product, or number of kits. By default any.",
    )
    price = PriceField(help_text="The price of one.")
    starts_on = DateField(required=False, allow_null=True, help_text="The first day. By default since ever.")
    ends_on = DateField(required=False, allow_null=True, help_text="The last day. By default for ever.")

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        return make_terms(values.get("price_group"), values)


@example(rows=[{"price": "8.50", "from": "12"}, {"price_group": None, "price": "9.00", "ends_on": "2030-12-31"}])
class PricesSerializer(CachedFieldsSerializer):
    """All prices of a product or kit besides its list price."""

    rows = serializers.ListField(child=PriceRowSerializer(), help_text="They replace all present rows: at most 100.")


class ShownRowSerializer(CachedFieldsSerializer):
    """A price of a product or kit."""

    price_group = serializers.IntegerField(allow_null=True, help_text="Null: for everybody.")
    vars()["from"] = serializers.CharField(allow_null=True, help_text="The least amount. Null: any.")
    price = PriceField()
    starts_on = DateField(allow_null=True)
    ends_on = DateField(allow_null=True)


class ShownPricesSerializer(CachedFieldsSerializer):
    """All prices of a product or kit besides its list price."""

    rows = ShownRowSerializer(many=True)


class GoodsIdsSerializer(CachedFieldsSerializer):
    """A product or a kit: the other one is null."""

    product = serializers.IntegerField(allow_null=True)
    kit = serializers.IntegerField(allow_null=True)


class ListedPriceSerializer(ShownRowSerializer, GoodsIdsSerializer):
    """A price, with the goods that it is for."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="That of the product or kit.")
    sku = serializers.CharField()
    list_price = PriceField(allow_null=True, help_text="Null of a kit that costs what its parts do.")
    price_group_name = serializers.CharField(allow_null=True)

    def to_representation(self, instance: PriceRow) -> dict[str, Any]:
        return show_listed(instance)


class TillPriceSerializer(ShownRowSerializer, GoodsIdsSerializer):
    """A price besides the list price. The customer pays the lowest that applies."""

    vars()["from"] = serializers.IntegerField(allow_null=True, help_text="The least quantity, in base units.")


class PricesOfTills(CatalogueHook):
    def make_fields(self) -> dict[str, Field]:
        return {
            "prices": TillPriceSerializer(many=True, help_text="Of the goods with ids in the range of this page."),
            "price_groups": PriceGroupSerializer(many=True),
        }

    def read_page(self, user: User, after: int, end: int | None, groups: Collection[int]) -> dict[str, Any]:
        """Return the rows of everybody and of these groups that are not over, with quantities in base units."""
        if not has_prices(user):
            return {"prices": [], "price_groups": []}
        end = end or MAX_ID
        named = Q(product__gt=after, product__lte=end) | Q(kit__gt=after, kit__lte=end)
        is_open = Q(ends_on=None) | Q(ends_on__gte=user.shop_today())
        of_these = Q(price_group=None) | Q(price_group__in=groups)
        rows = PriceRow.objects.for_user(user).filter(named, is_open, of_these, until=None).order_by("id")
        live = PriceGroup.objects.for_user(user).live().order_by("id").values("id", "name", "percent", "created_at")
        return {
            "prices": show_to_scripts(rows),
            "price_groups": [{**one, "percent": f"{one['percent']:.2f}"} for one in live],
        }


class EditedPrices(FurtherPricesHook[Terms]):
    def make_field(self) -> PriceRowSerializer:
        return PriceRowSerializer()

    list_shown = staticmethod(list_shown)
    list_terms = staticmethod(edits.list_terms)
    scale = staticmethod(edits.scale_rows)
    find_former = staticmethod(edits.find_former)
    restore = staticmethod(edits.restore_rows)


class PreviewLineSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A product or kit, and how much of it."""

    quantity = LineQuantityField()
    amount = LineAmountField()
    names_goods = True
    vars().update(make_goods_fields("In place of a product: the id of a {kind}."))

    @staticmethod
    def make_line(values: dict[str, Any]) -> BookingLine:
        return BookingLine(values["product_reference"], MovementType.OUT, values["quantity"])


@example(lines=[{"product": 1, "quantity": 12}])
class PreviewSerializer(CachedFieldsSerializer):
    """What a customer would buy, at a time: by default now."""

    customer = ContactField(queryset=Customer.objects.all(), allow_null=True, required=False)
    at = InstantField(required=False, allow_null=True, help_text="A time ahead has the present prices, by their days.")
    lines = LinesField(PreviewLineSerializer, max_length=MAX_LINES)


class NextPriceSerializer(CachedFieldsSerializer):
    vars()["from"] = serializers.CharField(help_text="The amount, in the unit of the product, or the number of kits.")
    price = PriceField()


@extend_schema_serializer(extensions={"x-optional-fields": ["product", *(kind.name for kind in list_kinds())]})
class PricedLineSerializer(CachedFieldsSerializer):
    product = serializers.IntegerField(required=False)
    vars().update({kind.name: serializers.IntegerField(required=False) for kind in list_kinds()})
    list_price = PriceField()
    unit_price = PriceField(help_text="The price that applies.")
    price_from = serializers.ChoiceField(choices=PriceSource.choices)
    sum = SumField()
    next = NextPriceSerializer(allow_null=True, help_text="The next quantity at which one is cheaper. Null: none.")


class PricedSerializer(CachedFieldsSerializer):
    lines = PricedLineSerializer(many=True)
    total = SumField()


class ImportedPriceSerializer(GoodsIdsSerializer):
    """Goods whose prices the import changed, or would in case of a dry run."""

    line = serializers.IntegerField(help_text="Their first line in the file.")
    name = serializers.CharField()
    change = serializers.CharField(help_text="`created` or `updated`.")


class ImportedPricesSerializer(ImportedRowsSerializer):
    """Of how many products and kits the import replaced the prices, or would in case of a dry run."""

    prices = ImportedPriceSerializer(many=True, help_text="The first 100 that are created or changed.")
