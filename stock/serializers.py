"""Movements as clients ask for them and see them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from inventory_api.fields import MAX_ID, LongTextField, QuantityField, TextField, WholeNumberField
from inventory_api.filters import parse_instant
from stock.models import MAX_NOTE_LENGTH, MAX_REFERENCE_LENGTH, SERVICE_REASONS, Movement, MovementType, Reason
from stock.services import Act, Line

CLOCK_TOLERANCE = timedelta(minutes=5)
DEFAULT_REASONS = {MovementType.IN: Reason.PURCHASE, MovementType.OUT: Reason.SALE}
CLIENT_REASONS = [choice for choice in Reason.choices if choice[0] not in SERVICE_REASONS]


class OccurredAtField(serializers.DateTimeField):
    """When it happened. A clock up to five minutes ahead of ours means now."""

    default_error_messages = {"future": "This is in the future."}

    def to_internal_value(self, value: Any) -> Any:
        try:
            moment = parse_instant(value if isinstance(value, str) else "")
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from None
        now = datetime.now(UTC)
        if moment > now + CLOCK_TOLERANCE:
            self.fail("future")
        return None if moment > now else moment


class BookSerializer(serializers.Serializer):
    """One movement to book."""

    product = WholeNumberField(min_value=1, max_value=MAX_ID, help_text="Id of one of the account's products.")
    movement_type = serializers.ChoiceField(choices=MovementType.choices)
    quantity = QuantityField(min_value=1, help_text="In base units.")
    reason = serializers.ChoiceField(
        choices=CLIENT_REASONS, required=False, help_text="By default `purchase` for IN and `sale` for OUT."
    )
    reference = TextField(max_length=MAX_REFERENCE_LENGTH, required=False, allow_blank=True)
    note = LongTextField(max_length=MAX_NOTE_LENGTH, required=False, allow_blank=True)
    occurred_at = OccurredAtField(required=False, allow_null=True, help_text="By default now.")
    expected_quantity = QuantityField(
        required=False, allow_null=True, help_text="Refuse with 409 if the quantity is another one by now."
    )

    def line(self) -> Line:
        """The product's part of what was asked."""
        asked = self.validated_data
        return Line(asked["product"], asked["movement_type"], asked["quantity"], asked.get("expected_quantity"))

    def act(self, user: Any) -> Act:
        """The part about who, when and why."""
        asked = self.validated_data
        return Act(
            owner_id=user.account_id,
            performed_by=user,
            reason=asked.get("reason") or DEFAULT_REASONS[asked["movement_type"]],
            reference=asked.get("reference", ""),
            note=asked.get("note", ""),
            occurred_at=asked.get("occurred_at"),
        )


class MovementSerializer(serializers.ModelSerializer):
    operation = serializers.IntegerField(source="operation_id")
    product = serializers.IntegerField(source="product_id")
    reason = serializers.ChoiceField(source="operation.reason", choices=Reason.choices)
    reference = serializers.CharField(source="operation.reference")
    note = serializers.CharField(source="operation.note")
    performed_by = serializers.IntegerField(source="operation.performed_by_id")
    performed_by_username = serializers.CharField(source="operation.performed_by_username")
    occurred_at = serializers.DateTimeField(source="operation.occurred_at", help_text="When it happened.")
    timestamp = serializers.DateTimeField(source="operation.created_at", help_text="When it was booked.")

    class Meta:
        model = Movement
        fields = (
            "id", "operation", "sequence", "product", "product_name", "movement_type", "quantity",
            "old_quantity", "new_quantity", "reason", "reference", "note",
            "performed_by", "performed_by_username", "occurred_at", "timestamp",
        )  # fmt: skip
        read_only_fields = fields


class ItemChangeSerializer(serializers.ModelSerializer):
    """A movement in other words: who made which quantity of which."""

    item = serializers.IntegerField(source="product_id")
    item_name = serializers.CharField(source="product_name")
    user = serializers.IntegerField(source="operation.performed_by_id")
    username = serializers.CharField(source="operation.performed_by_username")
    timestamp = serializers.DateTimeField(source="operation.created_at")

    class Meta:
        model = Movement
        fields = ("id", "item", "item_name", "user", "username", "old_quantity", "new_quantity", "timestamp")
        read_only_fields = fields
