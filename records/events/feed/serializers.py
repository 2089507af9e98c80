"""The bodies of the feed. An event keeps its bytes, so these fields never change.

A new field is stored with new events, as `codes` is, and old events go on without it.
"""

from rest_framework import serializers

from core.serializers import CachedFieldsSerializer
from records.events.models import EventType
from stock.serializers import MovementSerializer, OperationHeadSerializer


class BookedMovementSerializer(MovementSerializer):
    """A movement of an event. events.feed.bodies adds `portions` if there are some, and `sku` and `external_id`."""

    portions = None  # type: ignore[assignment]

    class Meta(MovementSerializer.Meta):
        fields = (
            "id", "operation", "sequence", "product", "product_name", "movement_type", "quantity",
            "amount", "old_quantity", "new_quantity", "reason", "reference", "note",
            "performed_by", "performed_by_username", "occurred_at", "timestamp",
        )  # fmt: skip
        read_only_fields = fields


class BookedOperationSerializer(OperationHeadSerializer):
    """An operation of an event, without its reversal, which comes later."""

    class Meta(OperationHeadSerializer.Meta):
        fields = (
            "id", "reason", "reference", "note", "performed_by", "performed_by_username", "occurred_at", "timestamp",
            "reverses",
        )  # fmt: skip
        read_only_fields = fields


class FeedEventSerializer(CachedFieldsSerializer):
    position = serializers.IntegerField(min_value=1)
    type = serializers.ChoiceField(choices=EventType.choices)
    timestamp = serializers.DateTimeField(help_text="When it happened in the database.")
    data = serializers.DictField(  # type: ignore[assignment]  # the field's name, not the serializer's property
        help_text="Of `operation.booked`: the operation with its first 100 movements and `movements_truncated`. Of the"
        " others: `product` with `sku` and `external_id`, of stock.low and stock.recovered also `operation`"
        " (null if a changed threshold or a restored product is the cause), `quantity` and `min_threshold`, of"
        " reservations `reservation` and `quantity`, of lot.expiring `lot`,"
        " `expires_on` and `quantity`, of order.sent and order.closed `order`, and of order.received `order`,"
        " `operation` and `quantity`. docs/events.md has them all."
    )


class FeedSerializer(CachedFieldsSerializer):
    """A page of the feed, oldest first. It ends at 10,000 movements or 8 MB, after at least one event."""

    events = FeedEventSerializer(many=True)
    next = serializers.IntegerField(
        min_value=0, help_text="The last position looked at: send it as `after` to read on."
    )
    more = serializers.BooleanField(help_text="True if there are more events now.")
