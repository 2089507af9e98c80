"""The rows of the reports as clients see them: the columns of their statements, in the same order."""

from typing import Any

from rest_framework import serializers

from core.serializers import CachedFieldsSerializer
from products.serializers import ProductSerializer
from stock.serializers import MovementSerializer


def amount(help_text: str) -> Any:
    """A sum of money: text with two places, of any size."""
    return serializers.DecimalField(max_digits=None, decimal_places=2, help_text=help_text)


class ProductRowSerializer(CachedFieldsSerializer):
    """A product under its present name."""

    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()


class MovedSerializer(CachedFieldsSerializer):
    """What came in and went out of a product on a day."""

    day = serializers.DateField(help_text="UTC.")
    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    quantity_in = serializers.IntegerField()
    quantity_out = serializers.IntegerField()
    net = serializers.IntegerField(help_text="In less out.")
    movements = serializers.IntegerField(help_text="How many.")


class WorthSerializer(CachedFieldsSerializer):
    """What stood on the shelves, at present prices."""

    products = serializers.IntegerField(help_text="Of which there was something, or less than nothing.")
    quantity = serializers.IntegerField()
    value_at_price = amount("Quantity times price.")
    value_at_cost = amount("Quantity times cost price, where there is one.")
    products_without_cost = serializers.IntegerField(help_text="Which `value_at_cost` leaves out.")


class CategoryWorthSerializer(CachedFieldsSerializer):
    """The same of a category."""

    category = serializers.IntegerField(allow_null=True, help_text="Null for what has none.")
    category_name = serializers.CharField()
    products = serializers.IntegerField()
    quantity = serializers.IntegerField()
    value_at_price = amount("Quantity times price.")
    value_at_cost = amount("Quantity times cost price, where there is one.")
    products_without_cost = serializers.IntegerField()


class ValuationSerializer(CachedFieldsSerializer):
    """The account's stock in total, and by category, the most valuable first."""

    total = WorthSerializer()
    categories = CategoryWorthSerializer(many=True)
    categories_truncated = serializers.BooleanField(help_text="There are more: the CSV has all.")


class IdleSerializer(ProductRowSerializer):
    """A product that has not moved for a while."""

    quantity = serializers.IntegerField()
    last_movement_at = serializers.DateTimeField(allow_null=True, help_text="When it happened; null if none did.")
    days_idle = serializers.IntegerField(help_text="Since then, or since it was created.")
    value_at_price = amount("Quantity times price.")


class DaysLeftSerializer(ProductRowSerializer):
    """How long the stock of a product lasts."""

    quantity = serializers.IntegerField()
    sold = serializers.IntegerField(help_text="In these days, less what was reversed.")
    per_day = serializers.DecimalField(max_digits=None, decimal_places=2)
    days_left = serializers.IntegerField(help_text="Whole days.")
    runs_out_on = serializers.DateField(allow_null=True, help_text="Null if it is more than a hundred years away.")


class AlertsSerializer(CachedFieldsSerializer):
    low_stock = ProductSerializer(many=True)
    expired = ProductSerializer(many=True)


class DashboardCountsSerializer(CachedFieldsSerializer):
    total_products = serializers.IntegerField()
    total_categories = serializers.IntegerField()
    low_stock = serializers.IntegerField()
    expired_products = serializers.IntegerField()


class DashboardStockSerializer(CachedFieldsSerializer):
    total_stock = serializers.IntegerField()


class DashboardFinancialSerializer(CachedFieldsSerializer):
    """Price times quantity; the real value is what has not expired. Numbers, exact to the cent up to 70 trillion."""

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


class StockLevelSerializer(CachedFieldsSerializer):
    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class StatementSerializer(CachedFieldsSerializer):
    """One product's movements of a time, by the clock of the booking: opening plus movements is closing."""

    product = serializers.IntegerField()
    product_name = serializers.CharField()
    opening_balance = serializers.IntegerField()
    movements = MovementSerializer(many=True)
    closing_balance = serializers.IntegerField()
