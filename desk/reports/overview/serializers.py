"""Response bodies of the reports. The fields are the columns of the SQL statements, in the same order."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.fields import SumField
from core.lists.serialization import get_row_serializer
from core.serializers import CachedFieldsSerializer, UnitSerializer, make_units_field
from products.reading.details import add_on_order
from products.serializers import ProductSerializer
from stock.serializers import MovementSerializer
from users.models import User


def amount_field(help_text: str) -> Any:
    """Return a field for a sum of money of any size: text with two places."""
    return SumField(help_text=help_text)


class StockLevelSerializer(UnitSerializer):
    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class AlertsSerializer(CachedFieldsSerializer):
    """The products that need attention."""

    low_stock = ProductSerializer(many=True)
    expired = ProductSerializer(many=True)


class DashboardCountsSerializer(CachedFieldsSerializer):
    total_products = serializers.IntegerField()
    total_categories = serializers.IntegerField()
    low_stock = serializers.IntegerField()
    expired_products = serializers.IntegerField()


@extend_schema_serializer(extensions={"x-optional-fields": ["by_unit"]})
class DashboardStockSerializer(CachedFieldsSerializer):
    total_stock = serializers.IntegerField()
    by_unit = make_units_field(
        "StockByUnit", "total_stock", required=False,
        help_text="The same by unit. Missing if all stock is counted in the same unit, without decimals.",
    )  # fmt: skip


class DashboardFinancialSerializer(CachedFieldsSerializer):
    """Price times quantity. The real value leaves out expired products. Exact to the cent up to 70 trillion."""

    total_inventory_value = serializers.FloatField()
    expired_inventory_value = serializers.FloatField()
    real_inventory_value = serializers.FloatField()


class DashboardCategorySerializer(CachedFieldsSerializer):
    category = serializers.CharField()
    total_value = serializers.FloatField()


class DashboardSerializer(CachedFieldsSerializer):
    counts = DashboardCountsSerializer()
    stock = DashboardStockSerializer()
    financial = DashboardFinancialSerializer()
    analytics = DashboardCategorySerializer(many=True)


class StatementSerializer(CachedFieldsSerializer):
    """The movements of a product in a period, by the time of recording, with the balances before and after."""

    product = serializers.IntegerField()
    product_name = serializers.CharField()
    to = serializers.DateTimeField(allow_null=True, help_text="As requested. Null without an end.")
    opening_balance = serializers.IntegerField()
    movements = MovementSerializer(many=True)
    closing_balance = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from` before `to`. It is added here because `from` is a keyword of Python."""
        beginning = serializers.DateTimeField(allow_null=True, help_text="As requested. Null without a beginning.")
        fields = {**super().get_fields(), "from": beginning}
        return {name: fields[name] for name in ("product", "product_name", "from", *fields)}


def serialize_alerts(user: User, products: QuerySet) -> list[dict[str, Any]]:
    """Return the products as rows of a response. If something is on order, execute one more statement."""
    rows = get_row_serializer(ProductSerializer).serialize_queryset(products)
    add_on_order(user.account_id, rows)
    return rows
