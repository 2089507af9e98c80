"""What is received for a sale, in a body."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.fields import ChoiceField, MoneyField
from core.serializers import CachedFieldsSerializer
from stock.models import PaymentKind
from trade.selling.payments.drafts import PaymentDraft, Received

MAX_PAYMENTS = 20  # the most payments in one request
MIN_PAYMENT = Decimal("0.01")


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


def take_received(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a body that sells, with `received` in place of `payments` and `payment`."""
    payments, is_later = values.pop("payments", ()), values.pop("payment", None) is not None
    return {**values, "received": Received(payments, is_later)} if payments or is_later else values
