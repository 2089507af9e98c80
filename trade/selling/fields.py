"""The money of a sale in a body: the price of a line, a discount, and payments."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.settings import api_settings

from core.fields import AmountField, ChoiceField, MoneyField
from core.serializers import CachedFieldsSerializer
from stock.booking.drafts import Discount
from trade.selling.payments.serializers import PaymentsField


class PriceOfLineField(MoneyField):
    """What a whole line is sold for: an amount of money with two places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, allow_null=True, max_digits=22, decimal_places=2, min_value=0,
            help_text="What the whole line is sold for, in place of `unit_price`.", **kwargs,
        )  # fmt: skip


class DiscountSerializer(CachedFieldsSerializer):
    """A discount of a whole sale: in percent of its sum, or an amount."""

    percent = AmountField(max_digits=5, decimal_places=2, max_value=100, min_value=0, required=False, allow_null=True)
    amount = MoneyField(max_digits=22, decimal_places=2, min_value=0, required=False, allow_null=True)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the discount. Raise ValidationError with a list of texts, as other fields do."""
        try:
            return super().run_validation(data)
        except serializers.ValidationError as error:
            detail: Any = error.detail
            own = api_settings.NON_FIELD_ERRORS_KEY
            texts = [text if name == own else f"{name}: {text}" for name, found in detail.items() for text in found]
            raise serializers.ValidationError(texts) from None

    def validate(self, attrs: dict[str, Any]) -> Any:
        given = {name: value for name, value in attrs.items() if value is not None}
        if len(given) != 1:
            raise serializers.ValidationError(_("Give either percent or amount."))
        return Discount(**given)


class MoneyOfSaleSerializer(CachedFieldsSerializer):
    """The money of a sale in the body that books it. How it is paid is one value, `received`."""

    discount = DiscountSerializer(
        required=False,
        allow_null=True,
        help_text="Of a sale. It is shared over the lines, and taken from the `total` of each.",
    )
    payments = PaymentsField(
        source="received.payments", help_text="What was received for a sale: at most what it was sold for."
    )
    payment = ChoiceField(
        source="received.later", choices=["later"], required=False,
        help_text="What is not paid is `due`. Without payments and a customer, it is so only with this.",
    )  # fmt: skip
