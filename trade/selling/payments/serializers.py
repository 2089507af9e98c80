"""The requests and responses that pay a sale."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.fields import ChoiceField, MoneyField, SumField
from core.serializers import CachedFieldsSerializer, example
from stock.models import Operation, Payment, PaymentKind
from stock.serializers import PaymentSerializer
from trade.selling.payments.money import PaymentDraft, read_money

MAX_PAYMENTS = 20  # the most payments in one request
MIN_PAYMENT = Decimal("0.01")


class TaxOfRateSerializer(CachedFieldsSerializer):
    """The sums of the lines with one rate of VAT, less what came back."""

    rate = SumField(allow_null=True, help_text="In percent. Null for lines without VAT.")
    category = serializers.CharField(
        allow_null=True,
        help_text="As invoices have it: S with VAT; Z or E (exempt), which was chosen for a rate of 0. Null otherwise.",
    )
    net = SumField()
    tax = SumField()
    gross = SumField()


class PaymentDraftSerializer(CachedFieldsSerializer):
    """A payment of a sale."""

    kind = ChoiceField(choices=PaymentKind.choices)
    amount = MoneyField(
        max_digits=22, decimal_places=2, min_value=MIN_PAYMENT, required=False, allow_null=True,
        help_text="By default all that is left.",
    )  # fmt: skip
    tendered = MoneyField(
        max_digits=22, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="The cash that was handed over. The change is what is more than the amount and the tip.",
    )  # fmt: skip
    tip = MoneyField(
        max_digits=22, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="What was received besides, which is no part of the sale.",
    )  # fmt: skip

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        return PaymentDraft(**{name: value for name, value in values.items() if value is not None})


class PaymentsField(serializers.ListField):
    """The payments of a sale, in place of lines that are sent one by one. All are booked, or none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=PaymentDraftSerializer(), max_length=MAX_PAYMENTS, required=False, **kwargs)


@example(kind="cash", amount="20.00", tendered="50.00")
class SalePaymentsSerializer(PaymentDraftSerializer):
    """A payment of a sale, or several of them as `payments`."""

    payments = PaymentsField(help_text="Several payments, in place of one: all are booked, or none.", min_length=1)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        fields["kind"].required = False
        return fields

    def to_internal_value(self, data: Any) -> Any:
        """Return the payments. Without `payments`, the body is a single one."""
        if isinstance(data, Mapping) and "payments" in data:
            return super(PaymentDraftSerializer, self).to_internal_value({"payments": data["payments"]})
        return {"payments": [PaymentDraftSerializer(context=self.context).run_validation(data)]}


class PaidSaleSerializer(CachedFieldsSerializer):
    """What was just booked, and the money of the sale."""

    operation = serializers.IntegerField(help_text="The sale.")
    payments = PaymentSerializer(many=True, help_text="What was just booked.")
    total = SumField(help_text="What the sale was sold for.")
    returned = SumField(help_text="What came back, at the prices of the sale.")
    paid = SumField(help_text="What was paid, less what was given back.")
    due = SumField(help_text="What is left to pay. Negative if money is to be given back.")


def describe_paid(sale: Operation, booked: list[Payment]) -> Any:
    """Return the response of a request that has booked these payments."""
    money = read_money(sale)
    values = {name: getattr(money, name) for name in ("operation", "total", "returned", "paid", "due")}
    return PaidSaleSerializer({**values, "payments": booked}).data
