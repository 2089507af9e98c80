"""The bodies of orders: responses with the quantities that have arrived, and requests to write, send and receive."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.errors import QuantityAndAmount
from core.fields import (
    AmountField,
    AmountOf,
    ChoiceField,
    CostSumField,
    DateField,
    GoodsField,
    OptionalBooleanField,
    QuantityField,
    WholeNumberField,
)
from core.lists.serialization import get_row_serializer
from core.model_fields import ExternalIdField, MetadataField
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, CostPriceField, example
from stock.booking_fields import (
    CostOfLineField,
    ExpectedUpdatedAtField,
    ExtraCostsDraftField,
    OccurredAtField,
    RemarksSerializer,
)
from stock.line_fields import (
    GoodsSerializer,
    LineAmountField,
    LineQuantityField,
    LinesField,
    PlaceSerializer,
    ProductReferenceSerializer,
    check_costs,
    make_place,
)
from stock.serializers import OperationSerializer
from suppliers.look_ups import SupplierField
from trade.purchasing.demand import (
    BASES,
    CHOICES,
    DEFAULT_COVER,
    DEFAULT_DAYS,
    MAX_COVER,
    MAX_DAYS,
    MAX_FACTOR,
    MIN_FACTOR,
    SUGGESTION_FIELDS,
)
from trade.purchasing.lines import MAX_LINES, OrderedLine, ReceivedLine
from trade.purchasing.models import Order, OrderLine, OrderState

NEEDS_SUGGESTED = gettext_lazy("Send `suggested` with this.")


class PurchaseOrderLineSerializer(CleanModelSerializer):
    """An ordered product, and how much of it has arrived."""

    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField(source="said.name")
    sku = serializers.CharField(source="said.sku")
    supplier_sku = serializers.CharField(source="said.supplier_sku", help_text="The supplier's own number for it.")
    unit = serializers.CharField(source="said.unit")
    pack_size = serializers.IntegerField(source="said.pack_size")
    packs = serializers.IntegerField(
        allow_null=True,
        help_text="The number of packs; null if the quantity is not whole packs, or only other suppliers offer it.",
    )
    amount = AmountOf(decimals="product.decimals")
    unit_cost = CostPriceField(allow_null=True, help_text="Null for workers.")
    cost = CostSumField(source="cost_in_all", allow_null=True, help_text="Of the whole line. Null for workers.")
    received = serializers.IntegerField(help_text="The quantity that has arrived, less reversed deliveries.")
    damaged = serializers.IntegerField(help_text="What of it arrived damaged, and is written off.")
    outstanding = serializers.IntegerField(
        help_text="The quantity that is still to come; 0 in drafts and closed orders."
    )
    min_packs = serializers.IntegerField(
        allow_null=True, help_text="The least number of packs that the supplier sells. Null after the order was sent."
    )
    below_minimum = serializers.BooleanField(
        help_text="Whether the line of a draft has fewer packs than that. It can be sent all the same."
    )
    is_kept = serializers.BooleanField(
        help_text="Whether the name, the numbers, the unit and the pack are those with which the order was sent. If"
        " not, they are the product's present ones: in drafts, and in orders that release 1.1.0 has sent."
    )

    class Meta:
        model = OrderLine
        fields = (
            "product", "product_name", "sku", "supplier_sku", "quantity", "amount", "unit", "packs", "pack_size",
            "unit_cost", "cost", "received", "damaged", "outstanding", "is_kept", "min_packs", "below_minimum",
        )  # fmt: skip
        read_only_fields = fields


class PurchaseOrderSerializer(CleanModelSerializer):
    """An order with its lines, in the order of the request."""

    supplier = serializers.IntegerField(
        source="supplier_id", allow_null=True, help_text="Null after the supplier was deleted."
    )
    state = serializers.ChoiceField(choices=OrderState.choices)
    state_detail = serializers.CharField(help_text="draft, sent, partly_received, received or closed.")
    is_received = serializers.BooleanField(help_text="All that was ordered has arrived.")
    cost = CostSumField(
        allow_null=True,
        help_text="The sum of the lines that have a cost; null without any, and for workers.",
    )
    made_by = serializers.IntegerField(source="made_by_id")
    mail_to = serializers.CharField(help_text="Where it is mailed to; empty if it is not mailed.")
    mailed_at = serializers.DateTimeField(allow_null=True, help_text="When the mail server accepted it.")
    mail_error = serializers.CharField(help_text="Why the last try to mail it failed.")
    next_mail_at = serializers.DateTimeField(
        source="mail_due_at", allow_null=True, help_text="When it is mailed next; null if there is no further try."
    )
    operations = serializers.ListField(
        child=serializers.IntegerField(), help_text="The operations that booked its deliveries, also those undone."
    )
    metadata = MetadataField()
    lines = PurchaseOrderLineSerializer(many=True, source="shown")

    class Meta:
        model = Order
        fields = (
            "id", "supplier", "supplier_name", "state", "state_detail", "is_received", "expected_on", "cost",
            "reference", "external_id", "metadata", "note", "made_by", "made_by_username", "created_at", "updated_at",
            "sent_at", "closed_at", "mail_to", "mailed_at", "mail_error", "next_mail_at", "operations", "lines",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Order) -> dict[str, Any]:
        """Return the order as a dict. The lines skip their serializer, which is slow."""
        [order] = get_row_serializer(PurchaseOrderSerializer).serialize_objects([instance])
        return {**order, "lines": get_row_serializer(PurchaseOrderLineSerializer).serialize_objects(instance.shown)}


class OrderedLineSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A product, and how much of it to order."""

    quantity = LineQuantityField()
    amount = LineAmountField()
    unit_cost = CostPriceField(
        required=False, allow_null=True, help_text="What one unit costs. By default what the supplier asks for it."
    )
    cost = CostOfLineField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return check_costs(super().validate(attrs))

    @staticmethod
    def make_line(values: dict[str, Any]) -> OrderedLine:
        return OrderedLine(values["product_reference"], values["quantity"], values.get("unit_cost"), values.get("cost"))


class OrderedLinesField(LinesField):
    """The lines of an order."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(OrderedLineSerializer, max_length=MAX_LINES, **kwargs)

    def get_attribute(self, instance: Order) -> list[dict[str, Any]]:
        return [
            {
                "product": line.product_id,
                "quantity": line.quantity,
                "unit_cost": None if line.unit_cost is None else str(line.unit_cost),
                "cost": None if line.cost is None else str(line.cost),
            }
            for line in instance.lines.order_by("id")
        ]

    def to_representation(self, data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return data


@example(
    supplier=1,
    lines=[{"product": 1, "quantity": 24, "unit_cost": "10.50"}, {"sku": "TEA-EARL", "quantity": 40}],
    reference="spring",
    note="Please deliver to the back door.",
)
class OrderDraftSerializer(RemarksSerializer):
    """An order to a supplier, of 1 to 500 lines. Each product is in one line."""

    supplier = SupplierField(allow_null=False, required=True)
    lines = OrderedLinesField()
    expected_on = DateField(
        required=False, allow_null=True, help_text="By default, sending sets it by the supplier's `lead_days`."
    )
    external_id = ExternalIdField()
    metadata = MetadataField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with the reference and the note at the end."""
        fields = super().get_fields()
        texts = {name: fields.pop(name) for name in ("reference", "note")}
        return {**fields, **texts}


@extend_schema_serializer(component_name="OrderDraft")
class ChangeOrderSerializer(OrderDraftSerializer):
    """A change of a draft. With PATCH, fields that are not sent stay as they are."""

    expected_updated_at = ExpectedUpdatedAtField(write_only=True)


class CreateOrderSerializer(OrderDraftSerializer):
    """A new order, of the lines that are sent or of what `/api/reports/reorder/` suggests for the supplier."""

    lines = OrderedLinesField(required=False, help_text="Required, unless `suggested` is true.")
    suggested = OptionalBooleanField(
        required=False, help_text="Order what is suggested for the supplier instead of `lines`: the first 500 products."
    )
    days = WholeNumberField(
        required=False,
        min_value=1,
        max_value=MAX_DAYS,
        help_text=f"With `suggested`: the days of sales. By default {DEFAULT_DAYS}.",
    )
    cover = WholeNumberField(
        required=False,
        min_value=0,
        max_value=MAX_COVER,
        help_text=f"With `suggested`: the days that the delivery is to last. By default {DEFAULT_COVER}.",
    )
    basis = ChoiceField(
        choices=BASES,
        required=False,
        help_text="With `suggested`: the last sales, or those of the same days a year ago. By default `last`.",
    )
    factor = AmountField(
        required=False, min_value=MIN_FACTOR, max_value=MAX_FACTOR, max_digits=4, decimal_places=2,
        help_text="With `suggested`: the rate is multiplied by this. By default 1.",
    )  # fmt: skip
    choose = ChoiceField(
        choices=CHOICES,
        required=False,
        help_text="With `suggested`: order the products of which the supplier has the preferred, the cheapest or the"
        " fastest offer. By default `preferred`.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError unless either the lines are given or `suggested` is true."""
        is_suggested = attrs.pop("suggested", False)
        if not is_suggested:
            only_suggested = {name: [NEEDS_SUGGESTED] for name in SUGGESTION_FIELDS if name in attrs}
            missing = {} if "lines" in attrs else {"lines": [self.error_messages["required"]]}
            if errors := missing | only_suggested:
                raise serializers.ValidationError(errors)
        elif "lines" in attrs:
            raise serializers.ValidationError({"suggested": [_("Send either `lines` or `suggested`.")]})
        return attrs


@example(mail=False)
class SendSerializer(CachedFieldsSerializer):
    """How an order is sent."""

    expected_on = DateField(
        required=False,
        allow_null=True,
        help_text="When it will arrive. By default the day of the draft, else today and the supplier's `lead_days`.",
    )
    mail = OptionalBooleanField(required=False, help_text="Mail the order to the supplier's `contact_email`.")
    expected_updated_at = ExpectedUpdatedAtField()

    class Meta:
        model = Order  # its labels are those of the form


class ReceivedLineSerializer(PlaceSerializer, GoodsSerializer, ProductReferenceSerializer):
    """A product of the order, how much of it has arrived, and where it was put."""

    quantity = LineQuantityField()
    amount = LineAmountField()
    unit_cost = CostPriceField(
        required=False, allow_null=True, help_text="What one unit has cost. By default the cost of the order's line."
    )
    cost = CostOfLineField()
    damaged = QuantityField(
        required=False, allow_null=True, help_text="How much of it is damaged: it is written off at once."
    )
    damaged_amount = GoodsField(help_text="In place of `damaged`, in the product's unit.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("damaged") is not None and attrs.get("damaged_amount") is not None:
            raise QuantityAndAmount
        return check_costs(super().validate(attrs))

    @staticmethod
    def make_line(values: dict[str, Any]) -> ReceivedLine:
        product, quantity, place = values["product_reference"], values["quantity"], make_place(values)
        damaged = values.get("damaged_amount") or values.get("damaged")
        return ReceivedLine(product, quantity, values.get("unit_cost"), values.get("cost"), place, damaged)


@example(lines=[{"product": 1, "quantity": 12, "unit_cost": "10.40"}], reference="delivery note 2210")
class ReceiveSerializer(RemarksSerializer):
    """What has arrived: by default all that is outstanding. Reference and note are by default those of the order."""

    lines = LinesField(
        ReceivedLineSerializer,
        max_length=MAX_LINES,
        required=False,
        help_text="A line may have more than was ordered. A program that sends no lines books all that is outstanding.",
    )
    extra_costs = ExtraCostsDraftField()
    occurred_at = OccurredAtField()
    expected_deliveries = QuantityField(
        required=False,
        help_text="How many `operations` the order had when it was read. With another number, refused with 409.",
    )


class ReceivedSerializer(OperationSerializer):
    """What was received. `damaged` is the operation that has written off what was damaged."""

    damaged = serializers.IntegerField(allow_null=True)

    class Meta(OperationSerializer.Meta):
        fields = (*OperationSerializer.Meta.fields, "damaged")
