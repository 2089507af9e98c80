"""Movements as clients ask for them and see them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.serializers import as_serializer_error

from inventory_api.examples import example
from inventory_api.fields import MAX_ID, LongTextField, QuantityField, TextField, WholeNumberField
from inventory_api.filters import parse_instant
from stock.errors import Malformed
from stock.locking import Named
from stock.models import (
    MAX_NOTE_LENGTH,
    MAX_REFERENCE_LENGTH,
    SERVICE_REASONS,
    Movement,
    MovementType,
    Operation,
    Reason,
)
from stock.services import Act, CountLine, Line

CLOCK_TOLERANCE = timedelta(minutes=5)
DEFAULT_REASONS: dict[str, str] = {MovementType.IN: Reason.PURCHASE, MovementType.OUT: Reason.SALE}
MAX_LINES = 1000
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


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


class NamesProduct(serializers.Serializer):
    """A product by its id, or by its sku or barcode ignoring case: one of the three."""

    product = WholeNumberField(required=False, min_value=1, max_value=MAX_ID, help_text="Id of one of the products.")
    sku = TextField(required=False, allow_blank=True, max_length=64, help_text="In place of the id, ignoring case.")
    barcode = TextField(required=False, allow_blank=True, max_length=64, help_text="In place of the id, ignoring case.")

    def to_internal_value(self, data: Any) -> Any:
        """The name is judged together with the other fields, so that all that is wrong is told at once."""
        named = ("product", "sku", "barcode")
        given = [name for name in named if isinstance(data, Mapping) and not is_blank(data.get(name))]
        errors: dict[str, Any] = {name: ["Name the product once."] for name in given[1:]}
        if not given and isinstance(data, Mapping):
            errors["product"] = ["This field is required."]
        try:
            asked = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**errors, **error.detail}) from None  # type: ignore[dict-item]
        if errors:
            raise serializers.ValidationError(errors)
        return {**asked, "named": Named(given[0], asked[given[0]])}


class LineSerializer(NamesProduct):
    """One product's part of an operation."""

    movement_type = serializers.ChoiceField(choices=MovementType.choices)
    quantity = QuantityField(min_value=1, help_text="In base units.")
    expected_quantity = QuantityField(
        required=False, allow_null=True, help_text="Refuse with 409 if the quantity is another one by now."
    )

    @staticmethod
    def line(asked: dict[str, Any]) -> Line:
        return Line(asked["named"], asked["movement_type"], asked["quantity"], asked.get("expected_quantity"))


class CountLineSerializer(NamesProduct):
    """What was counted of one product."""

    counted = QuantityField(help_text="In base units.")

    @staticmethod
    def line(asked: dict[str, Any]) -> CountLine:
        return CountLine(asked["named"], asked["counted"])


@example(note="Rung up twice")
class RemarksSerializer(serializers.Serializer):
    """What a person may write beside a booking."""

    reference = TextField(max_length=MAX_REFERENCE_LENGTH, required=False, allow_blank=True)
    note = LongTextField(max_length=MAX_NOTE_LENGTH, required=False, allow_blank=True)

    def remarks(self) -> dict[str, str]:
        asked = self.validated_data
        return {"reference": asked.get("reference", ""), "note": asked.get("note", "")}


class ActSerializer(RemarksSerializer):
    """Who, why and when."""

    reason = serializers.ChoiceField(
        choices=CLIENT_REASONS, required=False, help_text="By default `purchase` for IN and `sale` for OUT."
    )
    occurred_at = OccurredAtField(
        required=False, allow_null=True, help_text="By default now.", style={"input_type": "text"}
    )

    def act(self, user: Any, movement_types: set[str]) -> Act:
        asked = self.validated_data
        default = DEFAULT_REASONS[movement_types.pop()] if len(movement_types) == 1 else Reason.OTHER
        return Act(
            owner_id=user.account_id,
            performed_by=user,
            reason=asked.get("reason") or default,
            occurred_at=asked.get("occurred_at"),
            reference=asked.get("reference", ""),
            note=asked.get("note", ""),
        )


@example(product=1, movement_type="OUT", quantity=3, reason="sale", reference="till 118", expected_quantity=96)
class BookSerializer(LineSerializer, ActSerializer):
    """One movement to book."""


class LinesField(serializers.ListField):
    """The lines of a request. Each is judged by itself, so that all wrong ones can be told at once."""

    def __init__(self, line_serializer: type[Any]) -> None:
        super().__init__(child=AnyField(allow_null=True), min_length=1, max_length=MAX_LINES)
        self.line_serializer = line_serializer()

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The good lines, and the malformed ones by their number. They are counted before they are judged."""
        lines, malformed = [], {}
        for number, raw in enumerate(super().run_validation(data)):
            try:
                lines.append(self.line_serializer.line(self.line_serializer.run_validation(raw)))
            except serializers.ValidationError as error:
                malformed[number] = Malformed(errors=as_serializer_error(error))
        return lines, malformed


class AnyField(serializers.Field):
    """Taken as it is; the line's serializer judges it."""

    def to_internal_value(self, data: Any) -> Any:
        return data


@extend_schema_field(LineSerializer(many=True))
class OperationLinesField(LinesField):
    def __init__(self) -> None:
        super().__init__(LineSerializer)


@extend_schema_field(CountLineSerializer(many=True))
class CountLinesField(LinesField):
    def __init__(self) -> None:
        super().__init__(CountLineSerializer)


@example(
    lines=[
        {"product": 1, "movement_type": "OUT", "quantity": 2},
        {"sku": "TEA-EARL", "movement_type": "OUT", "quantity": 1, "expected_quantity": 61},
    ],
    reference="till 119",
)
class BookOperationSerializer(ActSerializer):
    """1 to 1,000 lines, booked all or not at all."""

    lines = OperationLinesField()


@example(lines=[{"product": 1, "counted": 95}, {"sku": "SIEVE", "counted": 16}], reference="stock-take, aisle 1")
class CountSerializer(RemarksSerializer):
    """1 to 1,000 counted products."""

    lines = CountLinesField()


class CountedSerializer(serializers.Serializer):
    product = serializers.IntegerField()
    previous = serializers.IntegerField()
    counted = serializers.IntegerField()
    difference = serializers.IntegerField()


class CountAnswerSerializer(serializers.Serializer):
    """What a count found."""

    operation = serializers.IntegerField(allow_null=True, help_text="Null if nothing differed.")
    lines = CountedSerializer(many=True)


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


class OperationHeadSerializer(serializers.ModelSerializer):
    """Who, when and why."""

    performed_by = serializers.IntegerField(source="performed_by_id")
    timestamp = serializers.DateTimeField(source="created_at", help_text="When it was booked.")
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    reversed_by = serializers.IntegerField(default=None, allow_null=True)

    class Meta:
        model = Operation
        fields: tuple[str, ...] = (
            "id", "reason", "reference", "note", "performed_by", "performed_by_username", "occurred_at", "timestamp",
            "reverses", "reversed_by",
        )  # fmt: skip
        read_only_fields = fields


class OperationSerializer(OperationHeadSerializer):
    """An operation with its movements, in the order they were booked."""

    movements = MovementSerializer(many=True)

    class Meta(OperationHeadSerializer.Meta):
        fields = (*OperationHeadSerializer.Meta.fields, "movements")


def booked(movements: list[Movement]) -> dict[str, Any]:
    """An operation just booked, as OperationSerializer answers it, without reading it again."""
    head = OperationHeadSerializer(movements[0].operation).data
    return {**head, "movements": MovementSerializer(movements, many=True).data}


class BreakSerializer(serializers.Serializer):
    product = serializers.IntegerField()
    sequence = serializers.IntegerField()
    what = serializers.CharField()


class VerificationSerializer(serializers.Serializer):
    """Whether the account's ledger holds: `broken` is empty then."""

    products = serializers.IntegerField()
    movements = serializers.IntegerField()
    broken = BreakSerializer(many=True)


class StockLevelSerializer(serializers.Serializer):
    product = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class StatementSerializer(serializers.Serializer):
    """One product's movements of a time, by the clock of the booking: opening plus movements is closing."""

    product = serializers.IntegerField()
    product_name = serializers.CharField()
    opening_balance = serializers.IntegerField()
    movements = MovementSerializer(many=True)
    closing_balance = serializers.IntegerField()
