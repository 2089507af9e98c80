"""Response bodies of the reports. The fields are the columns of the SQL statements, in the same order."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.fields import CostCountField, CostSumField, SumField
from core.lists.serialization import get_row_serializer
from core.serializers import CachedFieldsSerializer, make_units_field
from products.reading.on_order import add_on_order
from products.serializers import ProductSerializer
from stock.models import MovementType, OperationReason
from stock.places.serializers import LotMovementSerializer
from stock.serializers import MovementSerializer
from trade.purchasing.demand import BASES
from users.models import User


def amount_field(help_text: str) -> Any:
    """Return a field for a sum of money of any size: text with two places."""
    return SumField(help_text=help_text)


def cost_field(help_text: str) -> Any:
    """Return a field for an amount that workers may not see."""
    return CostSumField(allow_null=True, help_text=help_text)


class UnitSerializer(CachedFieldsSerializer):
    """The unit of a product, and how many decimals an amount of it has."""

    unit = serializers.CharField()
    decimals = serializers.IntegerField(help_text="Quantities are amounts times 10 to this power: 3 for kilograms.")

    last: ClassVar[tuple[str, ...]] = ("unit", "decimals")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with the `last` ones at the end, as in the statements."""
        fields = super().get_fields()
        return {name: fields[name] for name in (*(one for one in fields if one not in self.last), *self.last)}


class StockLevelSerializer(UnitSerializer):
    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


@extend_schema_serializer(component_name="Moved")
class DailyMovementsSerializer(UnitSerializer):
    """The quantities of a product that came in and went out on one day."""

    day = serializers.DateField(help_text="In the shop's time zone.")
    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    quantity_in = serializers.IntegerField()
    quantity_out = serializers.IntegerField()
    net = serializers.IntegerField(help_text="In minus out.")
    movements = serializers.IntegerField(help_text="Number of movements.")


@extend_schema_serializer(component_name="Worth")
class StockValueSerializer(CachedFieldsSerializer):
    """The value of the stock at current prices, and what it has cost."""

    products = serializers.IntegerField(help_text="Number of products whose quantity was not 0.")
    quantity = serializers.IntegerField()
    value_at_price = amount_field("Quantity times price.")
    value_at_cost = cost_field("What the stock has cost, by the moving average. Null for workers.")
    products_without_cost = CostCountField(
        allow_null=True, help_text="Number of products whose stock has cost nothing. Null for workers."
    )
    by_unit = make_units_field("QuantityByUnit", "quantity")


@extend_schema_serializer(component_name="CategoryWorth")
class CategoryValueSerializer(CachedFieldsSerializer):
    """The value of the stock of one category."""

    category = serializers.IntegerField(allow_null=True, help_text="Null for products without a category.")
    category_name = serializers.CharField()
    products = serializers.IntegerField()
    quantity = serializers.IntegerField()
    value_at_price = amount_field("Quantity times price.")
    value_at_cost = cost_field("What the stock has cost, by the moving average. Null for workers.")
    products_without_cost = CostCountField(allow_null=True)
    by_unit = make_units_field("QuantityByUnit", "quantity")


class ValuationSerializer(CachedFieldsSerializer):
    """The value of the account's stock in total, and by category, the highest value first."""

    total = StockValueSerializer()
    categories = CategoryValueSerializer(many=True)
    categories_truncated = serializers.BooleanField(help_text="Whether categories are left out. The CSV has all.")


class IdleSerializer(StockLevelSerializer):
    """A product that has not moved for some time."""

    last_movement_at = serializers.DateTimeField(allow_null=True, help_text="When it happened. Null if there is none.")
    days_idle = serializers.IntegerField(help_text="Days since then, or since the product was created.")
    value_at_price = amount_field("Quantity times price.")


class NotCountedSerializer(StockLevelSerializer):
    """A product that was not counted for some time."""

    category_name = serializers.CharField(allow_null=True, help_text="Null for products without a category: the last.")
    last_counted_at = serializers.DateTimeField(allow_null=True, help_text="Null if it was never counted.")
    days_since = serializers.IntegerField(help_text="Days since then, or since the product was created.")
    value_at_price = amount_field("Quantity times price.")


RATE_FIELDS = (
    "cover", "basis", "window_from", "window_to", "window_days", "in_stock_days", "few_days", "factor",
)  # fmt: skip


class RateSerializer(UnitSerializer):
    """The numbers behind the rate at which a product is sold."""

    cover = serializers.IntegerField(help_text="As requested: the number of days that a delivery is to last.")
    basis = serializers.ChoiceField(choices=BASES, help_text="As requested.")
    window_from = serializers.DateField(help_text="The first day of the window, which has `window_days` of the shop.")
    window_to = serializers.DateField(help_text="The last day of the window.")
    window_days = serializers.IntegerField(
        help_text="`days`, or with `basis=year_ago` `lead_days` + `cover`, at least 1 and at most 365."
    )
    in_stock_days = serializers.IntegerField(
        help_text="The number of days of the window on which there was stock at any time."
    )
    few_days = serializers.BooleanField(help_text="Whether `in_stock_days` is less than half of `window_days`.")
    factor = SumField(help_text="As requested. The rate is multiplied by it.")


PER_DAY = "The rate: `sold` / `in_stock_days` * `factor`, or with `few_days` `sold` / `window_days` * `factor`."


class DaysLeftSerializer(RateSerializer, StockLevelSerializer):
    """How long the stock of a product lasts, and every number that this is computed from."""

    sold = serializers.IntegerField(help_text="Quantity sold in the window, minus reversed sales and returns.")
    per_day = SumField(help_text=PER_DAY)
    days_left = serializers.IntegerField(help_text="Whole days.")
    runs_out_on = serializers.DateField(allow_null=True, help_text="Null if it is more than a hundred years away.")
    lead_days = serializers.IntegerField(help_text="Of the supplier; 7 without one.")

    last = (*UnitSerializer.last, "lead_days", *RATE_FIELDS)


class ReorderSerializer(RateSerializer):
    """What to order of a product, and every number that this is computed from."""

    supplier = serializers.IntegerField(allow_null=True, help_text="Null for products without a supplier: the last.")
    supplier_name = serializers.CharField(allow_null=True)
    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    supplier_sku = serializers.CharField(help_text="The supplier's own code of the product.")
    quantity = serializers.IntegerField()
    reserved = serializers.IntegerField(help_text="The quantity in open reservations.")
    on_order = serializers.IntegerField(help_text="What is outstanding of sent orders.")
    in_draft = serializers.IntegerField(help_text="What orders that are not sent yet would bring.")
    min_threshold = serializers.IntegerField()
    sold = serializers.IntegerField(help_text="Quantity sold in the window, minus reversed sales and returns.")
    lead_days = serializers.IntegerField(help_text="Of the supplier; 7 without one.")
    days_left = serializers.IntegerField(
        allow_null=True, help_text="Whole days that the quantity lasts at this rate. Null without sales."
    )
    order_by = serializers.DateField(
        allow_null=True,
        help_text="The last day on which an order arrives in time, or today if that is past. Null without sales, and if"
        " the stock lasts longer than a hundred years.",
    )
    needed = serializers.IntegerField(
        help_text="`min_threshold` + 1 + the exact `per_day` * (`lead_days` + `cover`), rounded up, - (`quantity` -"
        " `reserved` + `on_order` + `in_draft`)."
    )
    pack_size = serializers.IntegerField()
    packs = serializers.IntegerField(help_text="`needed` in packs, rounded up.")
    suggested = serializers.IntegerField(help_text="`packs` times `pack_size`.")
    suggested_threshold = serializers.IntegerField(
        help_text="What is sold during `lead_days`, rounded up: a `min_threshold` that lasts until a delivery."
    )
    unit_cost = cost_field("The product's `cost_price`. Null without one, and for workers.")
    cost = cost_field("`suggested` times `unit_cost`. Null without one, and for workers.")
    per_day = SumField(help_text=PER_DAY)

    last = (*UnitSerializer.last, *RATE_FIELDS, "per_day")


class MarginSerializer(UnitSerializer):
    """The sales of a product, a category or a group, or of a day: quantities, what came back, revenue and cost."""

    day = serializers.DateField(allow_null=True, help_text="In the shop's time zone. Null unless `by=day`.")
    product = serializers.IntegerField(allow_null=True, help_text="Null unless `by=product`.")
    category = serializers.IntegerField(
        allow_null=True, help_text="Null unless `by=category`, and for products without a category."
    )
    group = serializers.IntegerField(
        allow_null=True, help_text="Null unless `by=group`, and for products without a group of variants."
    )
    name = serializers.CharField(help_text="Of the product, category or group; empty for a day.")
    sku = serializers.CharField(help_text="Of the product; otherwise empty.")
    sold = serializers.IntegerField(help_text="Quantity of the sales that were not reversed.")
    returned = serializers.IntegerField(help_text="What came back of sales, by the day of the return.")
    revenue = amount_field("The sum of quantity times `unit_price`, less that of what came back, at the sale's prices.")
    cost = amount_field("The sum of the `value` of these movements, less that of what came back.")
    margin = amount_field("`revenue` minus `cost`.")
    margin_percent = SumField(
        allow_null=True,
        help_text="`margin` in percent of the revenue, both without the sales without a cost. Null if nothing has a"
        " cost.",
    )  # fmt: skip
    adjustment = amount_field(
        "What reversals of deliveries have taken from the value of the stock more than the deliveries had brought;"
        " below 0, what they have taken less. It belongs to the cost of what was sold in between."
    )
    sold_without_cost = serializers.IntegerField(help_text="The part of `sold` whose movements have the `value` 0.")
    revenue_without_cost = amount_field("The revenue of `sold_without_cost`, less that of what came back of it.")
    by_unit = make_units_field("SoldByUnit", "sold", "returned", "sold_without_cost")

    last = (*UnitSerializer.last, "by_unit")


class TraceSerializer(UnitSerializer, LotMovementSerializer):
    """What a movement put into one place of a lot, or took from it, and what was left of the lot then."""

    lot_code = serializers.CharField()
    product_name = serializers.CharField(help_text="As it was when the movement was booked.")
    movement_type = serializers.ChoiceField(choices=MovementType.choices)
    quantity = serializers.IntegerField()
    location = serializers.IntegerField(allow_null=True)
    location_name = serializers.CharField(allow_null=True)
    reverses = serializers.IntegerField(allow_null=True, help_text="The operation that this one has undone.")
    reversed_by = serializers.IntegerField(allow_null=True, help_text="The operation that has undone this one.")
    returns = serializers.IntegerField(allow_null=True, help_text="The sale of a return.")
    order = serializers.IntegerField(allow_null=True, help_text="The purchase order of a delivery.")
    supplier = serializers.IntegerField(allow_null=True, help_text="The supplier of the order, unless it was deleted.")
    supplier_name = serializers.CharField(allow_null=True, help_text="As it was when the order was written.")
    left = serializers.IntegerField(help_text="What was left of the lot, at all places.")


class LossDeliveriesSerializer(CachedFieldsSerializer):
    number = serializers.IntegerField(help_text="Of operations with the reason `purchase`.")
    units = serializers.IntegerField(help_text="What came in.")


class LossSalesSerializer(CachedFieldsSerializer):
    """What a user has sold, at one till or without one."""

    till = serializers.IntegerField(allow_null=True, help_text="Null if it was not sold by the device of a till.")
    till_name = serializers.CharField(allow_null=True)
    user = serializers.IntegerField()
    username = serializers.CharField(help_text="As the history names it: with the name of the key that was used.")
    number = serializers.IntegerField(help_text="Of sales.")
    units = serializers.IntegerField(help_text="What went out.")


class LossTransfersSerializer(CachedFieldsSerializer):
    number = serializers.IntegerField(help_text="Of transfers.")
    units_in = serializers.IntegerField(help_text="What came to the place. Of a whole product, what was moved at all.")
    units_out = serializers.IntegerField(help_text="What left the place. Of a whole product, what was moved at all.")


class LossOtherSerializer(CachedFieldsSerializer):
    """What has changed the quantity with another reason, such as damage, a return or the reversal of a sale."""

    reason = serializers.ChoiceField(choices=OperationReason.choices)
    number = serializers.IntegerField(help_text="Of operations.")
    units = serializers.IntegerField(help_text="The change of the quantity: below 0 if it went out.")


class LossSerializer(UnitSerializer):
    """A window between two counts of the same goods, with what the later one has found missing; or sums of windows."""

    count = serializers.IntegerField(allow_null=True, help_text="The count that has found it. Null unless `by=window`.")
    operation = serializers.IntegerField(allow_null=True, help_text="The operation that booked the difference.")
    previous = serializers.IntegerField(
        allow_null=True, help_text="The count with which the window begins. Null if the goods were not counted before."
    )
    product = serializers.IntegerField(allow_null=True, help_text="Null unless `by` is `window` or `product`.")
    name = serializers.CharField(help_text="Of the product; otherwise empty.")
    sku = serializers.CharField(help_text="Of the product; otherwise empty.")
    location = serializers.IntegerField(
        allow_null=True,
        help_text="The location that was counted. Null for counts of a whole product, and of what lies nowhere.",
    )
    location_name = serializers.CharField(allow_null=True)
    lot = serializers.IntegerField(allow_null=True, help_text="The lot that was counted, if only this was.")
    lot_code = serializers.CharField(allow_null=True)
    month = serializers.CharField(
        allow_null=True, help_text="Of the shop, such as 2026-11. Null unless `by=month`. That of the count."
    )
    reason = serializers.CharField(
        allow_null=True,
        help_text="Null unless `by=reason`: `count` for what counts have found, or the reason of what was written off.",
    )
    to = serializers.DateTimeField(allow_null=True, help_text="When it was counted. Null unless `by=window`.")
    number = serializers.IntegerField(help_text="Of windows. Of a reason other than `count`, of its movements.")
    units = serializers.IntegerField(help_text="`lost` minus `found`: below 0 if there was more than expected.")
    lost = serializers.IntegerField(help_text="What was missing.")
    found = serializers.IntegerField(help_text="What was there beyond the expected quantity.")
    value = amount_field("What `units` have cost: the `value` of the movements. Below 0 for what was found.")
    deliveries = LossDeliveriesSerializer(allow_null=True, help_text="Null unless `by=window`.")
    sales = LossSalesSerializer(many=True, help_text="By till and user. Empty unless `by=window`.")
    transfers = LossTransfersSerializer(allow_null=True, help_text="Null unless `by=window`.")
    others = LossOtherSerializer(many=True, help_text="Everything else but counts, by reason.")
    by_unit = make_units_field("LossByUnit", "units", "lost", "found")

    last = (*UnitSerializer.last, "by_unit")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from` before `to`. It is added here because `from` is a keyword of Python."""
        beginning = serializers.DateTimeField(
            allow_null=True, help_text="The last count of these goods, or the first movement of the product."
        )
        fields: dict[str, serializers.Field] = {}
        for name, field in super().get_fields().items():
            fields |= {"from": beginning, name: field} if name == "to" else {name: field}
        return fields


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
