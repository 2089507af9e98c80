"""The responses: movements, operations, counts and verifications."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.fields import AmountOf, CostMixin, CostSumField, SumField
from core.lists.serialization import get_row_serializer
from core.serializers import CachedFieldsSerializer, CleanModelSerializer
from stock.booking_fields import ExtraCostSerializer
from stock.importing.history import ROWS_LEFT_OUT
from stock.models import (
    RETURNED_TYPES,
    Import,
    Movement,
    Operation,
    OperationReason,
    Payment,
    PriceSource,
    Seal,
    StockCount,
)
from stock.reading.operations import attach_returns, count_returned, cut_movements
from trade.selling.goods import list_kinds


class CountedSerializer(CachedFieldsSerializer):
    product = serializers.IntegerField()
    previous = serializers.IntegerField()
    counted = serializers.IntegerField()
    counted_amount = AmountOf("counted")
    difference = serializers.IntegerField()
    outdated = serializers.BooleanField(
        help_text="A later count of the same goods is booked already, so this one changes nothing."
    )


@extend_schema_serializer(component_name="CountAnswer")
class CountResultSerializer(CachedFieldsSerializer):
    """The booked operation of a count, and the result of each line."""

    operation = serializers.IntegerField(allow_null=True, help_text="Null if nothing differed.")
    lines = CountedSerializer(many=True)


class OfProductSerializer(CleanModelSerializer):
    """A row that belongs to a product, with the product's present name and SKU."""

    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField(source="product.name")
    sku = serializers.CharField(source="product.sku")


class KeptCountSerializer(OfProductSerializer):
    """A counted line as it was kept."""

    location = serializers.IntegerField(
        source="location_id", allow_null=True, help_text="Null if no location was counted."
    )
    location_name = serializers.CharField(source="location.name", default=None, allow_null=True)
    lot = serializers.IntegerField(source="lot_id", allow_null=True, help_text="Null if no lot was counted.")
    lot_code = serializers.CharField(source="lot.code", default=None, allow_null=True)
    counted_amount = AmountOf("counted", "product.decimals")
    expected = serializers.IntegerField(
        help_text="What was in stock at `counted_at`, by what was booked when the count arrived."
    )
    expected_amount = AmountOf("expected", "product.decimals")
    difference = serializers.IntegerField(help_text="What was booked: 0 if the count is outdated.")
    difference_amount = AmountOf("difference", "product.decimals")
    outdated = serializers.BooleanField(
        help_text="A later count of the same goods was booked already when this one arrived, so it changed nothing."
    )
    counted_by = serializers.IntegerField(source="counted_by_id")
    counted_by_username = serializers.CharField(source="counted_by.username")
    counted_at = serializers.DateTimeField(help_text="When it was counted.")
    timestamp = serializers.DateTimeField(source="created_at", help_text="When it was booked.")
    operation = serializers.IntegerField(
        source="operation_id", allow_null=True, help_text="Null if neither this line nor those sent with it differed."
    )

    class Meta:
        model = StockCount
        fields = (
            "id", "product", "product_name", "sku", "location", "location_name", "lot", "lot_code", "nowhere",
            "counted", "counted_amount", "expected", "expected_amount", "difference", "difference_amount", "outdated",
            "counted_by", "counted_by_username", "counted_at", "timestamp", "operation",
        )  # fmt: skip
        read_only_fields = fields


class PortionListSerializer(serializers.ListSerializer):
    """The portions of a movement. The list is empty if the movement was read without them."""

    def get_attribute(self, instance: Any) -> Any:
        return getattr(instance, "portions", None) or []


class PlacedSerializer(CachedFieldsSerializer):
    """The place of a quantity: a location, a lot, or both."""

    location = serializers.IntegerField(allow_null=True)
    location_name = serializers.CharField(allow_null=True)
    lot = serializers.IntegerField(allow_null=True)
    lot_code = serializers.CharField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True)


class PortionSerializer(PlacedSerializer):
    """What a movement put into a place, or took from it."""

    quantity = serializers.IntegerField()

    class Meta:
        list_serializer_class = PortionListSerializer


class MovementSerializer(CleanModelSerializer):
    operation = serializers.IntegerField(source="operation_id")
    product = serializers.IntegerField(source="product_id")
    sku = serializers.CharField(
        help_text="That of the product when it was booked, as `product_name` is the name of then."
    )
    external_id = serializers.CharField(allow_null=True, help_text="The present one of the product.")
    reason = serializers.ChoiceField(source="operation.reason", choices=OperationReason.choices)
    reference = serializers.CharField(source="operation.reference")
    note = serializers.CharField(source="operation.note")
    performed_by = serializers.IntegerField(source="operation.performed_by_id")
    performed_by_username = serializers.CharField(source="operation.performer.name")
    occurred_at = serializers.DateTimeField(source="operation.occurred_at", help_text="When it happened.")
    timestamp = serializers.DateTimeField(source="operation.created_at", help_text="When it was booked.")
    amount = AmountOf()
    value = CostSumField(
        allow_null=True, help_text="What the quantity has cost, by the moving average. Null for workers."
    )
    portions = PortionSerializer(many=True, help_text="The locations and lots of the quantity, if it has any.")

    class Meta:
        model = Movement
        fields: tuple[str, ...] = (
            "id", "operation", "sequence", "product", "product_name", "sku", "external_id", "movement_type", "quantity",
            "amount", "old_quantity", "new_quantity", "value", "unit_price", "total", "reason", "reference", "note",
            "performed_by", "performed_by_username", "occurred_at", "timestamp", "portions",
        )  # fmt: skip
        read_only_fields = fields
        columns = {"sku": "shown_product.0", "external_id": "shown_product.1", "amount": "shown_product.2"}


class ItemChangeSerializer(CleanModelSerializer):
    """A movement as a change of an item's quantity by a user."""

    item = serializers.IntegerField(source="product_id")
    item_name = serializers.CharField(source="product_name")
    user = serializers.IntegerField(source="operation.performed_by_id")
    username = serializers.CharField(source="operation.performer.name")
    timestamp = serializers.DateTimeField(source="operation.created_at")

    class Meta:
        model = Movement
        fields = ("id", "item", "item_name", "user", "username", "old_quantity", "new_quantity", "timestamp")
        read_only_fields = fields


class OperationHeadSerializer(CleanModelSerializer):
    """An operation without its movements."""

    performed_by = serializers.IntegerField(source="performed_by_id")
    performed_by_username = serializers.CharField(source="performer.name", read_only=True)
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


class ExtraCostsField(CostMixin, serializers.ListField):
    """The extra costs of a delivery, which are costs."""

    child = ExtraCostSerializer()


class OperationMovementSerializer(MovementSerializer):
    """A movement of an operation. That of a sale or a delivery has what was returned of it."""

    returned = serializers.IntegerField(
        allow_null=True, help_text="What was returned of the line of a sale or a delivery, else null."
    )
    returnable = serializers.IntegerField(allow_null=True, help_text="What still can be returned of it, else null.")

    discount = SumField(
        allow_null=True, read_only=True, help_text="Its part of the discount of the sale, which `total` does not have."
    )

    price_from = serializers.ChoiceField(
        choices=PriceSource.choices, allow_null=True, read_only=True,
        help_text="What made its price before the discount: `list`, `row` or `percent` if it cost what applied, else"
        " `typed`. Null if nothing was sold, and for parts of kits.",
    )  # fmt: skip

    extra_cost = CostSumField(
        allow_null=True,
        read_only=True,
        help_text="Its share in the extra costs of the delivery, which `value` has. Null without one, and for workers.",
    )

    class Meta(MovementSerializer.Meta):
        fields = (*MovementSerializer.Meta.fields, "returned", "returnable", "discount", "price_from", "extra_cost")


class PaymentSerializer(CleanModelSerializer):
    """A payment of a sale, what was given back, or the reversal of either."""

    amount = SumField(help_text="Negative if it was given back.")
    tendered = SumField(allow_null=True)
    tip = SumField(help_text="What was received besides: no part of the sale.")
    change = SumField(allow_null=True, help_text="What is more than the amount was handed over, else null.")
    origin = serializers.IntegerField(
        source="origin_id", allow_null=True, help_text="The return or the reversal with which it was booked, else null."
    )
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    reversed_by = serializers.IntegerField(allow_null=True)
    performed_by = serializers.IntegerField(source="performer.user_id")
    performed_by_username = serializers.CharField(source="performer.name")
    timestamp = serializers.DateTimeField(source="created_at", help_text="When it was booked.")

    class Meta:
        model = Payment
        fields = (
            "id", "kind", "amount", "tendered", "tip", "change", "origin", "reverses", "reversed_by", "performed_by",
            "performed_by_username", "timestamp",
        )  # fmt: skip
        read_only_fields = fields


class ExpectedPartSerializer(CachedFieldsSerializer):
    product = serializers.IntegerField()
    quantity = serializers.IntegerField(help_text="In base units, rounded.")


class MadeSerializer(CachedFieldsSerializer):
    """What an operation has made or taken apart."""

    product = serializers.IntegerField()
    quantity = serializers.IntegerField()
    take_apart = serializers.BooleanField()
    expected = ExpectedPartSerializer(
        many=True,
        allow_null=True,
        help_text="What the recipe expected of the parts, if the request said what was used. Else null.",
    )


class OperationSerializer(OperationHeadSerializer):
    """An operation with its movements, in the order they were booked, the first thousand of an import."""

    returns = serializers.IntegerField(allow_null=True, help_text="The sale or delivery of a return, else null.")
    scrapped = serializers.IntegerField(
        allow_null=True,
        help_text="The operation that wrote off what came back or arrived broken with this one, else null.",
    )
    returned = serializers.IntegerField(
        allow_null=True, help_text="How many pieces of a sale or a delivery were returned, else null."
    )
    returnable = serializers.IntegerField(allow_null=True, help_text="How many still can be returned, else null.")
    returned_by = serializers.ListField(
        child=serializers.IntegerField(), help_text="All returns of a sale or a delivery, also those that are undone."
    )
    movements = OperationMovementSerializer(many=True, source="shown")
    movements_truncated = serializers.BooleanField(help_text="There are more: /api/stock/?operation={id} lists all.")
    vars().update(
        {
            kind.names: kind.sold_serializer(
                many=True,
                source="goods",
                help_text=f"The {kind.names} of a sale, as they were sold. Else the list is empty.",
            )
            for kind in list_kinds()
        }
    )
    payments = PaymentSerializer(
        many=True, help_text="Those of a sale, and what a return or a reversal has given back. Else the list is empty."
    )

    made = MadeSerializer(allow_null=True, help_text="Of a making, else null.")
    extra_costs = ExtraCostsField(
        allow_null=True,
        read_only=True,
        help_text="What a delivery cost besides its goods. Else the list is empty. Null for workers.",
    )
    supplier = serializers.IntegerField(
        source="supplier_id", allow_null=True, help_text="Who has delivered it without an order, else null."
    )
    supplier_name = serializers.CharField(allow_null=True)

    class Meta(OperationHeadSerializer.Meta):
        fields = (
            *OperationHeadSerializer.Meta.fields, "returns", "scrapped", "returned", "returnable", "returned_by",
            "movements", "movements_truncated", *(kind.names for kind in list_kinds()), "payments", "made",
            "extra_costs", "supplier", "supplier_name",
        )  # fmt: skip

    def to_representation(self, instance: Operation) -> dict[str, Any]:
        """Return the operation as a dict.

        The movements skip their own serializer, which would take most of a booking's time for a thousand of them.
        """
        [operation] = get_row_serializer(OperationSerializer).serialize_objects([instance])
        rows = get_row_serializer(OperationMovementSerializer)
        for kind in list_kinds() if instance.goods else ():
            own = [one for one in instance.goods if one.kind == kind.name]
            operation[kind.names] = kind.sold_serializer(own, many=True).data
        if instance.payments:
            operation["payments"] = get_row_serializer(PaymentSerializer).serialize_objects(instance.payments)
        return {**operation, "movements": rows.serialize_objects(instance.shown)}


class ArchivedField(serializers.DictField):
    child = serializers.ListField(child=serializers.IntegerField())

    def __init__(self, **kwargs: Any) -> None:
        help_text = "The ids of the archived `products`, `categories`, `suppliers`, `locations`, `groups` and `fields`."
        super().__init__(help_text=help_text, **kwargs)


@extend_schema_serializer(extensions={"x-optional-fields": ["archived"]})
class ReversalSerializer(OperationSerializer):
    """The reversal. `archived` is there if the request has `archive_created`."""

    archived = ArchivedField(required=False)

    class Meta(OperationSerializer.Meta):
        fields = (*OperationSerializer.Meta.fields, "archived")


@extend_schema_serializer(component_name="ImportUndoAnswer")
class UndoneImportSerializer(CachedFieldsSerializer):
    """What the undo of an import has done."""

    reversal = serializers.IntegerField(
        allow_null=True, help_text="The operation that puts the quantities back; null if the import has moved none."
    )
    archived = ArchivedField()


def serialize_booked_operation(movements: list[Movement]) -> Any:
    """Return an operation that was just booked as OperationSerializer would, without reading it again."""
    operation = movements[0].operation
    cut_movements(operation, movements)
    if operation.reason in RETURNED_TYPES:
        attach_returns([operation]) if operation.scrapped else count_returned(operation)
    return OperationSerializer(operation).data


class RefusedRowSerializer(CachedFieldsSerializer):
    line = serializers.IntegerField()
    column = serializers.CharField()
    reason = serializers.CharField()
    cell = serializers.CharField()


class RefusedImportSerializer(CleanModelSerializer):
    """An import that was refused. It is kept for 90 days."""

    performed_by = serializers.IntegerField(source="performed_by_id")
    performed_by_username = serializers.CharField(source="performed_by.username")
    timestamp = serializers.DateTimeField(source="created_at", help_text="When it was refused.")
    detail = serializers.CharField(source="refusal.detail")
    total = serializers.IntegerField(
        source="refusal.total", allow_null=True, help_text="The wrong cells and lines; null if the file was refused."
    )
    refused = RefusedRowSerializer(source="refusal.rows", many=True, help_text="The first twenty of them.")
    file = serializers.SerializerMethodField(
        help_text="The address of the rows that an import has left out, as a file. Null if all of it was refused."
    )

    class Meta:
        model = Import
        fields = (
            "id", "file_name", "performed_by", "performed_by_username", "timestamp", "rows", "code", "detail", "total",
            "refused", "file",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {"code": {"label": "Refused"}}  # the title that released clients have in their schema

    def get_file(self, row: Import) -> str | None:
        return reverse("refused-import-file", args=[row.pk]) if row.code == ROWS_LEFT_OUT else None


class HoldingSerializer(PlacedSerializer):
    """A quantity of a product at a location, in a lot, or both."""

    is_expired = serializers.BooleanField()
    quantity = serializers.IntegerField()


class ProductHoldingsSerializer(CachedFieldsSerializer):
    """The quantities of a product and its first thousand holdings, in the order in which a sale takes from them."""

    product = serializers.IntegerField()
    quantity = serializers.IntegerField(help_text="The total: `held` plus `not_held`.")
    held = serializers.IntegerField(help_text="The quantity at locations and in lots: the sum of all holdings.")
    not_held = serializers.IntegerField(
        help_text="The quantity without location and lot. A sale takes it before expired lots."
    )
    holdings = HoldingSerializer(many=True)
    holdings_truncated = serializers.BooleanField(help_text="There are more: /api/lots/?product={id} lists all lots.")


class BreakSerializer(CachedFieldsSerializer):
    product = serializers.IntegerField(help_text="0 if the break has no movement.")
    sequence = serializers.IntegerField()
    what = serializers.CharField()


class ServerChangeSerializer(CachedFieldsSerializer):
    """A change of the database server, and the newest booking that was verified before it.

    Later bookings may be missing although the service had confirmed them, and new ones may have their ids.
    """

    reason = serializers.CharField(help_text="promotion, another_server or restore")
    former_timeline = serializers.IntegerField(allow_null=True)
    timeline = serializers.IntegerField(allow_null=True)
    noticed_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField()
    newest_operation = serializers.IntegerField(allow_null=True)
    newest_booked_at = serializers.DateTimeField(allow_null=True)
    message = serializers.CharField()


class SealedSerializer(CachedFieldsSerializer):
    """How far an account is sealed."""

    seals = serializers.IntegerField()
    to_position = serializers.IntegerField(help_text="The position of the last sealed event in the feed.")
    sealed_at = serializers.DateTimeField()
    unsealed_operations = serializers.IntegerField(help_text="Operations that are newer than the last seal.")
    unsealed = serializers.IntegerField(
        help_text="These, and what was written beside them since: payments, closings, movements of cash, invoices,"
        " credit notes and their files."
    )


@extend_schema_serializer(extensions={"x-optional-fields": ["server_changes"]})
class VerificationSerializer(CachedFieldsSerializer):
    """The result of verifying an account's ledger. `broken` is empty if the ledger holds.

    `server_changes` is there if the database server has changed since the first stored verification.
    """

    products = serializers.IntegerField()
    movements = serializers.IntegerField()
    broken = BreakSerializer(many=True)
    sealed = SealedSerializer(allow_null=True, help_text="How far the account is sealed; null without a seal.")
    server_changes = ServerChangeSerializer(many=True, required=False)


@extend_schema_field({"type": "string", "pattern": "^[0-9a-f]{64}$"})
class DigestField(serializers.Field):
    """A SHA-256 as 64 hexadecimal digits."""

    def to_representation(self, value: Any) -> str:
        return bytes(value).hex()


class SealSerializer(CleanModelSerializer):
    """A seal. `digest` is the SHA-256 of its file, whose first line has the digest of the previous seal."""

    previous = DigestField(help_text="`digest` of the previous seal; zeros for the first.")
    digest = DigestField(help_text="SHA-256 of the file.")
    sealed_by = serializers.IntegerField(
        source="sealed_by_id", allow_null=True, help_text="Null if the service has sealed."
    )

    class Meta:
        model = Seal
        fields = (
            "id", "number", "from_position", "to_position", "operations", "movements", "previous", "digest",
            "created_at", "sealed_by",
        )  # fmt: skip
        read_only_fields = fields
