"""The goods and the money of a sale in a body: what a line may name, its price, a discount, and payments."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.settings import api_settings

from core.fields import AmountField, ChoiceField, IdField, MoneyField
from core.serializers import CachedFieldsSerializer
from stock.booking.drafts import NOTHING, Discount, PaymentDraft
from stock.models import PaymentKind
from trade.selling.goods import list_kinds

MAX_PAYMENTS = 20  # the most payments in one request
MIN_PAYMENT = Decimal("0.01")


def make_goods_fields(help_text: str, *, has_parts: bool = False) -> dict[str, serializers.Field]:
    """Return the fields with which a line names goods with parts, in place of a product: the id of each kind.

    `{kind}` in the text is the name of the kind. With `has_parts`, a line may have others than the usual ones.
    """
    fields: dict[str, serializers.Field] = {}
    for kind in list_kinds():
        fields[kind.name] = IdField(required=False, help_text=help_text.format(kind=kind.name))
        fields |= kind.make_own_fields() if has_parts else {}
    return fields


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

    @staticmethod
    def make_payment(values: dict[str, Any]) -> PaymentDraft:
        tip = values.get("tip") or NOTHING
        return PaymentDraft(values["kind"], values.get("amount"), values.get("tendered"), tip)


class PaymentsField(serializers.ListField):
    """The payments of a sale, in place of lines that are sent one by one. All are booked, or none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=PaymentDraftSerializer(), max_length=MAX_PAYMENTS, required=False, **kwargs)

    def to_internal_value(self, data: Any) -> list[PaymentDraft]:
        return [*map(PaymentDraftSerializer.make_payment, super().to_internal_value(data))]


class MoneyOfSaleSerializer(CachedFieldsSerializer):
    """The money of a sale in the body that books it."""

    discount = DiscountSerializer(
        required=False,
        allow_null=True,
        help_text="Of a sale. It is shared over the lines, and taken from the `total` of each.",
    )
    payments = PaymentsField(help_text="What was received for a sale: at most what it was sold for.")
    payment = ChoiceField(
        choices=["later"], required=False,
        help_text="What is not paid is `due`. Without payments and a customer, it is so only with this.",
    )  # fmt: skip
