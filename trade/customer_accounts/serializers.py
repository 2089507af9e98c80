"""The account of a customer, and the payments that are shared over its sales."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.fields import IdField, MoneyField, SumField
from core.serializers import CachedFieldsSerializer, example
from stock.models import PaymentKind
from stock.serializers import PaymentSerializer
from trade.customer_accounts.services import MAX_SALES
from trade.selling.payments.money import PaymentDraft


class AccountInvoiceSerializer(CachedFieldsSerializer):
    """The invoice of a sale, or the credit note of a return."""

    id = serializers.IntegerField()
    number = serializers.CharField()


class AccountRowSerializer(CachedFieldsSerializer):
    """What the rows of an account have in common."""

    sale = serializers.IntegerField()
    number = serializers.IntegerField(help_text="That of the sale.")
    invoice = AccountInvoiceSerializer(allow_null=True)


class AccountEntrySerializer(AccountRowSerializer):
    """A sale, a return, a payment, what was given back, or the reversal of one of them."""

    kind = serializers.CharField(help_text="`sale`, `return`, `payment`, `refund`, `reversal`.")
    operation = serializers.IntegerField(help_text="What was booked. For money, the sale for which it was.")
    payment = serializers.IntegerField(allow_null=True, help_text="The id of the payment. Null for goods.")
    paid_by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    amount = SumField(help_text="Positive if the customer owes it, negative if it was paid or came back.")
    balance = SumField(help_text="What the customer owes after it.")


class OpenSaleSerializer(AccountRowSerializer):
    """A sale of which something is due."""

    day = serializers.DateField()
    due_on = serializers.DateField(help_text="That of its invoice, else the day of the sale.")
    overdue_days = serializers.IntegerField(help_text="The days since it was due. 0 until then.")
    due = SumField()


class NotNotedSerializer(CachedFieldsSerializer):
    count = serializers.IntegerField()
    total = SumField()


class CustomerAccountSerializer(CachedFieldsSerializer):
    """What a customer has bought and paid, and what it owes."""

    customer = serializers.IntegerField(source="customer.pk")
    customer_name = serializers.CharField(source="customer.name")
    opening = SumField(help_text="What was owed before `from`.")
    entries = AccountEntrySerializer(many=True, help_text="In the order of booking.")
    closing = SumField(
        help_text="What is owed: the sum of what is due of all sales. With `to`, that of the end of the day."
    )
    owed = SumField(help_text="The sum of what is due now, without `credit`.")
    credit = SumField(help_text="What was paid too much, below 0. It is not set off by itself.")
    open = OpenSaleSerializer(
        many=True, help_text="The oldest first, at most 1,000: sales of which something is due now."
    )
    not_noted = NotNotedSerializer(help_text="Unpaid sales before `owed_from` of the shop, which do not count.")


@example(amount="100.00", kind="transfer")
class CustomerPaymentSerializer(CachedFieldsSerializer):
    """A payment that is shared over sales of a customer, the oldest first."""

    amount = MoneyField(max_digits=22, decimal_places=2, min_value=Decimal("0.01"))
    kind = serializers.ChoiceField(choices=PaymentKind.choices)
    tendered = MoneyField(
        max_digits=22,
        decimal_places=2,
        min_value=0,
        required=False,
        allow_null=True,
        help_text="The cash that was handed over. The change is that of the last payment.",
    )
    sales = serializers.ListField(
        child=IdField(),
        required=False,
        allow_null=True,
        allow_empty=False,
        help_text=f"The operations of sales of the customer, at most {MAX_SALES}: by default all that are open.",
    )

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        sales = values.pop("sales", None)
        return {"payment": PaymentDraft(**values), "sales": sales}


class SharedPaymentSerializer(PaymentSerializer):
    """A part of a payment of a customer."""

    operation = serializers.IntegerField(source="operation_id", help_text="The sale that it pays.")

    class Meta(PaymentSerializer.Meta):
        fields: Any = ("operation", *PaymentSerializer.Meta.fields)
        read_only_fields = fields


class PaidAccountSerializer(CachedFieldsSerializer):
    """What was booked, and what the customer owes now."""

    customer = serializers.IntegerField()
    payments = SharedPaymentSerializer(many=True, help_text="One for each sale, the oldest first.")
    owed = SumField(help_text="What is left to pay of all open sales.")
