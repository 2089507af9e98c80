"""Request and response bodies of locations, lots and the holdings of a location."""

from rest_framework import serializers

from core.further_fields import FurtherFieldsSerializer
from core.serializers import CachedFieldsSerializer, OwnedSerializer, example
from stock.line_fields import LAST_DAY
from stock.models import Location, Lot, OperationReason
from stock.places.hooks import BESIDE_LOCATIONS


@example(name="Van", note="On the road")
class LocationSerializer(FurtherFieldsSerializer, OwnedSerializer):
    """A place where stock lies."""

    further = BESIDE_LOCATIONS

    class Meta:
        model = Location
        fields = ("id", "name", "note", "created_at")


@example(code="First flush 26", expires_on="2027-03-31")
class LotSerializer(OwnedSerializer):
    """A lot. The booking that receives it creates it."""

    product = serializers.IntegerField(source="product_id", read_only=True)
    product_name = serializers.CharField(source="product.name", read_only=True)
    quantity = serializers.IntegerField(read_only=True, help_text="The quantity of the lot, at all locations.")
    is_expired = serializers.BooleanField(read_only=True, help_text="Whether `expires_on` is over in the shop.")

    class Meta:
        model = Lot
        fields = ("id", "product", "product_name", "code", "expires_on", "quantity", "is_expired", "created_at")
        extra_kwargs = {"expires_on": {"help_text": LAST_DAY}}


class LotMovementSerializer(CachedFieldsSerializer):
    """A movement of a lot: when, why, by whom, and for whom."""

    movement = serializers.IntegerField()
    operation = serializers.IntegerField()
    occurred_at = serializers.DateTimeField(help_text="When it happened.")
    timestamp = serializers.DateTimeField(help_text="When it was booked.")
    reason = serializers.ChoiceField(choices=OperationReason.choices)
    reference = serializers.CharField()
    performed_by = serializers.IntegerField()
    performed_by_username = serializers.CharField()
    reservation = serializers.IntegerField(
        allow_null=True, help_text="The reservation that was sold. A return has that of its sale."
    )
    customer = serializers.IntegerField(allow_null=True, help_text="The customer of the reservation.")
    customer_name = serializers.CharField(allow_null=True)


class HoldingAtLocationSerializer(CachedFieldsSerializer):
    """The holding of a product, or of one of its lots, at a location."""

    lot = serializers.IntegerField(source="lot_id", allow_null=True)
    lot_code = serializers.CharField(source="lot.code", default=None, allow_null=True)
    expires_on = serializers.DateField(source="lot.expires_on", default=None, allow_null=True)
    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField(source="product.name")
    sku = serializers.CharField(source="product.sku")
    quantity = serializers.IntegerField()
