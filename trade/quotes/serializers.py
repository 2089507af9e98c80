"""The bodies of quotes, and of the requests that write, accept and mail them."""

from typing import Any

from rest_framework import serializers

from core.fields import AmountOf, DateField, EmailField, SumField
from core.lists.serialization import get_row_serializer
from core.model_fields import MetadataField
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from stock.booking_fields import ExpectedUpdatedAtField
from stock.models import PriceSource
from trade.quotes.models import Quote
from trade.reservations.serializers import (
    IS_NET,
    DiscountOfOrderSerializer,
    DurationField,
    OrderedFieldsSerializer,
    ReservationSerializer,
    ReservedLinesField,
)
from trade.selling.fields import DiscountSerializer
from trade.selling.goods import list_kinds
from trade.selling.payments.serializers import TaxOfRateSerializer
from users.models import MAX_EMAIL_LENGTH


class QuoteFieldsSerializer(OrderedFieldsSerializer):
    """What a quote says besides its lines."""

    valid_until = DateField(required=False, help_text="The last day, today or later. By default in 30 days.")


@example(
    lines=[{"product": 1, "quantity": 12}, {"sku": "TEA-EARL", "quantity": 1, "unit_price": "6.50"}],
    discount={"percent": "5"}, reference="wedding",
)  # fmt: skip
class WriteQuoteSerializer(QuoteFieldsSerializer):
    """1 to 500 lines. A product has one at most, beside kits. A line without a price keeps the one that applies."""

    lines = ReservedLinesField()


@example(valid_until="2030-12-04")
class ChangeQuoteSerializer(QuoteFieldsSerializer):
    """What changes of an open or expired quote. Fields that are not sent stay as they are."""

    lines = ReservedLinesField(required=False, help_text="They replace all present lines.")
    expected_updated_at = ExpectedUpdatedAtField()


@example(wanted_on="2030-12-04")
class AcceptSerializer(CachedFieldsSerializer):
    """What the order has that the quote has not."""

    wanted_on = DateField(required=False, allow_null=True, help_text="The day on which the customer wants it.")
    expires_in = DurationField(required=False, help_text="Seconds until the order expires. By default it does not.")


@example(discount={"percent": "5"})
class CopyQuoteSerializer(CachedFieldsSerializer):
    """What the copy has in place of what the quote has."""

    discount = DiscountSerializer(
        required=False, allow_null=True, help_text="By default that of the quote, of which an amount may be too high."
    )


@example(to="ada@example.org")
class QuoteMailSerializer(CachedFieldsSerializer):
    to = EmailField(max_length=MAX_EMAIL_LENGTH, required=False, help_text="By default the address of the customer.")


class AcceptedSerializer(ReservationSerializer):
    """The order that was made."""

    was_expired = serializers.BooleanField(help_text="Whether the quote had expired.")

    class Meta(ReservationSerializer.Meta):
        fields = (*ReservationSerializer.Meta.fields, "was_expired")
        read_only_fields = fields


class QuoteLineSerializer(CachedFieldsSerializer):
    """A product or kits, with the name and the prices that the quote keeps."""

    product = serializers.IntegerField(allow_null=True)
    vars().update({kind.name: serializers.IntegerField(allow_null=True) for kind in list_kinds()})
    name = serializers.CharField()
    sku = serializers.CharField()
    unit = serializers.CharField()
    quantity = serializers.IntegerField()
    amount = AmountOf()
    list_price = SumField()
    unit_price = SumField()
    price_from = serializers.ChoiceField(choices=PriceSource.choices, help_text="What made its price.")
    is_net = serializers.BooleanField(allow_null=True, help_text=IS_NET)
    sum = SumField(help_text="Before the discount.")


class QuoteSerializer(CleanModelSerializer):
    """A quote with its lines, in the order of the request."""

    state = serializers.CharField(help_text="open, accepted, declined or, after its last day, expired.")
    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    customer_name = serializers.CharField(allow_null=True)
    made_by = serializers.IntegerField(source="made_by_id")
    discount = DiscountOfOrderSerializer(allow_null=True)
    total = SumField(help_text="With the discount, and with VAT.")
    taxes = TaxOfRateSerializer(many=True, help_text="The VAT of the day on which it was written.")
    order = serializers.IntegerField(source="order_id", allow_null=True, help_text="The order that was made of it.")
    metadata = MetadataField()
    lines = QuoteLineSerializer(many=True, source="entries")

    class Meta:
        model = Quote
        fields = (
            "id", "number", "state", "customer", "customer_name", "valid_until", "reference", "note", "made_by",
            "made_by_username", "created_at", "updated_at", "order", "currency", "discount", "total", "taxes",
            "metadata", "lines",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the quote as a dict. What it has in lists skips its serializers."""
        [quote] = get_row_serializer(QuoteSerializer).serialize_objects([instance])
        return quote
