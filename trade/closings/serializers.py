"""The bodies of closings and of movements of cash. They save nothing."""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.fields import MoneyField, OwnedRelatedField, SumField, TextField
from core.money.amounts import MAX_PRICE
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from trade.closings.models import CENT, MAX_NOTE_LENGTH, MAX_REASON_LENGTH, Cash, CashKind, Closing
from trade.tills.models import Till


class DrawerField(OwnedRelatedField):
    """The id of a till whose drawer is meant. The device of a till has its own one, and no other."""

    def __init__(self) -> None:
        super().__init__(
            queryset=Till.objects.all(),
            allow_null=True,
            default=None,
            help_text="Empty: the drawer of what no till has sold.",
        )

    def get_queryset(self) -> Any:
        tills: Any = super().get_queryset()
        return tills.of_device(self.context["request"].user)


class AmountTakenField(MoneyField):
    """An amount of cash that people count."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 12, "decimal_places": 2, "min_value": 0, "max_value": MAX_PRICE, **kwargs})


class TaxOfClosingSerializer(CachedFieldsSerializer):
    rate = SumField(allow_null=True, help_text="Null for lines without VAT.")
    category = serializers.CharField(
        default=None, allow_null=True, help_text="As invoices have it: S, Z or E. Null in closings of earlier releases."
    )
    net = SumField()
    tax = SumField()
    gross = SumField()


class PaidSerializer(CachedFieldsSerializer):
    kind = serializers.CharField(help_text="cash, card, transfer, voucher or other.")
    received = SumField()
    refunded = SumField()
    amount = SumField(help_text="`received` minus `refunded`.")


class TipSerializer(CachedFieldsSerializer):
    kind = serializers.CharField(help_text="cash, card, transfer, voucher or other.")
    amount = SumField()


class NotPaidSerializer(CachedFieldsSerializer):
    count = serializers.IntegerField()
    total = SumField()


class LateSaleSerializer(CachedFieldsSerializer):
    operation = serializers.IntegerField()
    reference = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    total = SumField()


class PreviewSerializer(CachedFieldsSerializer):
    """What a closing would have now."""

    till = serializers.IntegerField(source="till_id", allow_null=True, help_text="Null for what no till has sold.")
    till_name = serializers.CharField(source="till.name", default=None, allow_null=True)
    number = serializers.IntegerField(help_text="1, 2, 3 … in its series, without gaps.")
    from_position = serializers.IntegerField(help_text="The first position in the feed.")
    to_position = serializers.IntegerField(help_text="The last position in the feed.")
    from_at = serializers.DateTimeField(help_text="When the closing before was made.")
    made_at = serializers.DateTimeField()
    sales = serializers.IntegerField(source="document.sales", help_text="How many there were.")
    total = SumField(source="document.total", help_text="What was sold, with VAT.")
    discounts = SumField(source="document.discounts", help_text="What was taken off the prices of these sales.")
    returns = serializers.IntegerField(source="document.returns")
    returned = SumField(source="document.returned", help_text="What came back, with sales that were undone later.")
    taxes = TaxOfClosingSerializer(
        source="document.taxes", many=True, help_text="What was sold less what came back, by rate."
    )
    payments = PaidSerializer(source="document.payments", many=True, help_text="By kind.")
    tips = TipSerializer(
        source="document.tips", many=True, default=(), help_text="By kind: what was received besides the payments."
    )
    not_paid = NotPaidSerializer(
        source="document.not_paid", default=None, allow_null=True,
        help_text="Those of its sales of which something was due when it was made, and the sum of that. Null in"
        " closings of earlier releases.",
    )  # fmt: skip
    opening = SumField(help_text="The float of the closing before, or what was in the drawer before the first one.")
    cash_in = SumField(source="document.cash_in")
    cash_out = SumField(source="document.cash_out")
    expected = SumField(help_text="The cash that should be in the drawer.")
    late_count = serializers.IntegerField(source="document.late_count")
    late = LateSaleSerializer(
        source="document.late",
        many=True,
        help_text="The first 1,000 sales that happened before this part and arrived in it.",
    )


class DrawerClosingSerializer(PreviewSerializer):
    """A closing: what was sold from one count of the drawer to the next."""

    id = serializers.IntegerField()
    made_by = serializers.IntegerField(source="performer.user_id")
    made_by_username = serializers.CharField(source="performer.name")
    counted = SumField(help_text="The cash that was counted.")
    difference = SumField(help_text="`counted` minus `expected`.")
    float = SumField(source="kept", help_text="The cash that stayed in the drawer.")
    taken_out = SumField(help_text="`counted` minus `float`.")
    note = serializers.CharField()
    digest = serializers.SerializerMethodField(help_text="The SHA-256 of all columns. The event of it has it, too.")

    def get_digest(self, closing: Closing) -> str:
        return bytes(closing.digest).hex()


class LaterClosingSerializer(CachedFieldsSerializer):
    """The form of a closing that is not the first one of its drawer."""

    till = DrawerField()
    counted = AmountTakenField(help_text="The cash in the drawer.")
    float = AmountTakenField(help_text="What stays in the drawer. It is the opening of the next closing.")
    note = TextField(max_length=MAX_NOTE_LENGTH, required=False, allow_blank=True, default="")


@example(counted="612.40", float="150.00", note="")
class MakeClosingSerializer(LaterClosingSerializer):
    opening = AmountTakenField(
        required=False, allow_null=True, help_text="Of the first closing: what was in the drawer before the first sale."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with the opening before what is counted."""
        fields = super().get_fields()
        return {"till": fields.pop("till"), "opening": fields.pop("opening"), **fields}


@example(kind="out", amount="20.00", reason="Stamps")
class CashSerializer(CleanModelSerializer):
    """Cash that was put into a drawer or taken out of it, for another reason than a sale."""

    till = DrawerField()
    kind = serializers.ChoiceField(choices=CashKind.choices)
    amount = AmountTakenField(min_value=CENT, error_messages={"min_value": gettext_lazy("Enter an amount above zero.")})
    reason = TextField(max_length=MAX_REASON_LENGTH)
    made_by = serializers.IntegerField(source="performer.user_id", read_only=True)
    made_by_username = serializers.CharField(source="performer.name", read_only=True)

    class Meta:
        model = Cash
        fields = ("id", "till", "kind", "amount", "reason", "made_by", "made_by_username", "created_at")
        read_only_fields = ("created_at",)
