"""The responses of sales, and sales as a table with a row for each."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.fields import TWO_PLACES, AmountOf, CostSumField, EmailField, SumField, are_costs_shown
from core.lists.serialization import get_row_serializer
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from stock.errors import ReportTooLong
from stock.models import Movement, Operation, PaymentKind, PriceSource
from stock.serializers import PaymentSerializer
from trade.sales.reading import MONEY, attach_sales, list_sold
from trade.selling.payments.serializers import TaxOfRateSerializer
from users.models import MAX_EMAIL_LENGTH, User


class SoldLineSerializer(CleanModelSerializer):
    """A line of a sale."""

    product = serializers.IntegerField(source="product_id")
    name = serializers.CharField(source="product_name", help_text="The name of the product when it was sold.")
    sku = serializers.CharField(help_text="That of the product when it was sold.")
    amount = AmountOf()
    list_price = SumField(allow_null=True, help_text="The price that the product had at the time of the sale.")
    price_from = serializers.ChoiceField(
        choices=PriceSource.choices,
        help_text="What made its price before the discount, of a part of a kit that of the kit: `list`, `row` or"
        " `percent` if it cost what applied, else `typed`.",
    )
    sum = SumField(help_text="What the line was sold for, after the discount.")
    returned = serializers.IntegerField(help_text="The quantity that came back.")
    returned_amount = AmountOf("returned")

    class Meta:
        model = Movement
        fields = (
            "product", "name", "sku", "quantity", "amount", "unit_price", "list_price", "price_from", "sum", "returned",
            "returned_amount",
        )  # fmt: skip
        read_only_fields = fields


@example(to="ada@example.org")
class ReceiptMailSerializer(CachedFieldsSerializer):
    to = EmailField(max_length=MAX_EMAIL_LENGTH, help_text="Whom the receipt is for. The address is not kept.")


class InvoiceOfSaleSerializer(CachedFieldsSerializer):
    """The invoice of a sale."""

    id = serializers.IntegerField()
    number = serializers.CharField(help_text="As it is printed.")


@extend_schema_serializer(component_name="BookedSale")
class SaleSerializer(CleanModelSerializer):
    """A sale with its lines and its money."""

    operation = serializers.IntegerField(source="pk", help_text="The sale is this operation of the ledger.")
    number = serializers.IntegerField(
        source="seller.number",
        allow_null=True,
        help_text="That of the till which has sold it, else the shop's own, without gaps: 1, 2, 3 and so on.",
    )
    by = serializers.IntegerField(source="performed_by_id", help_text="Who has sold it.")
    by_username = serializers.CharField(source="performer.name")
    till = serializers.IntegerField(source="seller.till", allow_null=True)
    till_name = serializers.CharField(source="seller.till_name", allow_null=True)
    customer = serializers.IntegerField(
        source="seller.customer", allow_null=True, help_text="Who has bought, or whose order it has fulfilled."
    )
    customer_name = serializers.CharField(source="seller.customer_name", allow_null=True)
    total = SumField(source="money.total", help_text="What was sold, with VAT.")
    returned = SumField(source="money.returned", help_text="What came back, at the prices of the sale.")
    refunded = SumField(source="money.refunded", help_text="The money that was given back.")
    payments = PaymentSerializer(many=True)
    due = SumField(
        allow_null=True,
        help_text="What is left to pay: `total` less `returned` and what was paid. Negative if money is to be given"
        " back. Null for a sale without payments and without a customer that was not sold with `payment`.",
    )
    margin = CostSumField(
        allow_null=True,
        help_text="What was sold less what came back, without VAT, less what the goods have cost. Null for workers.",
    )
    taxes = TaxOfRateSerializer(many=True, source="money.taxes")
    invoice: Any = InvoiceOfSaleSerializer(allow_null=True, help_text="Null without one.")
    undone = serializers.BooleanField(
        source="seller.is_undone", help_text="A sale that was undone is in no list and no sum."
    )
    lines = SoldLineSerializer(many=True, source="shown")

    class Meta:
        model = Operation
        fields = (
            "operation", "number", "occurred_at", "by", "by_username", "till", "till_name", "customer",
            "customer_name", "reference", "note", "undone", "lines", "total", "returned",
            "refunded", "taxes", "payments", "due", "margin", "invoice",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the sale as a dict. The lines skip their serializer, which is slow."""
        [sale] = get_row_serializer(SaleSerializer).serialize_objects([instance])
        lines = get_row_serializer(SoldLineSerializer).serialize_objects(instance.shown)
        taxes = get_row_serializer(TaxOfRateSerializer).serialize_objects(instance.money.taxes)
        payments = get_row_serializer(PaymentSerializer).serialize_objects(instance.payments)
        return {**sale, "lines": lines, "taxes": taxes, "payments": payments}


PAID = {
    "type": "object",
    "properties": {"kind": {"type": "string", "enum": PaymentKind.values}, "amount": TWO_PLACES},
    "required": ["kind", "amount"],
}
TOTALS = {
    "type": "object",
    "nullable": True,
    "description": "The sums of all sales of the list. Null on further pages, and without `from` or `period`.",
    "properties": {
        "sales": {"type": "integer"},
        **dict.fromkeys(MONEY, TWO_PLACES),
        "payments": {"type": "array", "items": PAID},
        "margin": {**TWO_PLACES, "nullable": True},
    },
    "required": ["sales", *MONEY, "payments", "margin"],
}

MAX_SALES = 100_000
SALES_AT_A_TIME = 500
COLUMNS = (
    "operation", "number", "occurred_at", "till", "user", "customer", "reference", "products", "total", "returned",
    "refunded", "paid", "due",
)  # fmt: skip
COST_COLUMNS = ("margin",)
MONEY_COLUMNS = ("total", "returned", "refunded", "paid", "due", *COST_COLUMNS)


def make_rows(sales: QuerySet, shop: User | None) -> Iterator[tuple[Any, ...]]:
    """Yield the header, then a row for each sale, the newest first. Raise ReportTooLong before the header."""
    ids = list(sales.order_by("-id").values_list("pk", flat=True)[: MAX_SALES + 1])
    if len(ids) > MAX_SALES:
        raise ReportTooLong(limit=MAX_SALES)
    header = (*COLUMNS, *COST_COLUMNS) if are_costs_shown() else COLUMNS
    yield header
    for start in range(0, len(ids), SALES_AT_A_TIME):
        found = sales.filter(pk__in=ids[start : start + SALES_AT_A_TIME]).order_by("-id")
        yield from (make_row(sale)[: len(header)] for sale in attach_sales(found, shop))


def make_row(sale: Any) -> tuple[Any, ...]:
    products = ", ".join(name for name, _ in list_sold(sale))
    who = sale.seller.till_name, sale.performer.name, sale.seller.customer_name
    money = sale.money.total, sale.money.returned, sale.money.refunded, sale.money.paid, sale.due, sale.margin
    return sale.pk, sale.seller.number, sale.occurred_at, *who, sale.reference, products, *money
