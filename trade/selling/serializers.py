"""The bodies of requests that book operations, take goods back and reverse, and an operation as it is read."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.fields import ChoiceField, QuantityField, SumField, WholeNumberField
from core.kinds import MAX_ID
from core.sentences import fill
from core.serializers import CachedFieldsSerializer, CostPriceField, example
from core.translation import gettext_noop
from stock.booking.drafts import BookingLine, OperationDraft, get_remarks
from stock.booking_fields import CostOfLineField, ExtraCostsDraftField, OccurredAtField, RemarksSerializer
from stock.line_fields import (
    GoodsPriceField,
    GoodsSerializer,
    LineAmountField,
    LineQuantityField,
    LinesField,
    LocationField,
    LotField,
    PlaceSerializer,
    ProductReferenceSerializer,
    check_costs,
    check_prices,
    make_place,
    require_whole_price,
)
from stock.models import SERVICE_REASONS, MovementType, Operation, OperationReason
from stock.serializers import MovementSerializer, OperationSerializer
from suppliers.look_ups import SupplierField
from trade.selling.drafts import ReturnLine
from trade.selling.fields import MoneyOfSaleSerializer, PriceOfLineField, make_goods_fields
from trade.selling.goods import list_kinds
from trade.selling.payments.serializers import PaymentsField
from trade.selling.reading import list_return_lines
from users.models import User

DEFAULT_REASONS: dict[str, str] = {MovementType.IN: OperationReason.PURCHASE, MovementType.OUT: OperationReason.SALE}
CLIENT_REASONS = [choice for choice in OperationReason.choices if choice[0] not in SERVICE_REASONS]


class PlainLineSerializer(PlaceSerializer, GoodsSerializer, ProductReferenceSerializer):
    """A line of an operation: one product and its movement."""

    movement_type = ChoiceField(choices=MovementType.choices)
    quantity = LineQuantityField()
    amount = LineAmountField()
    expected_quantity = QuantityField(
        required=False, allow_null=True, help_text="Refuse with `quantity_changed` if the quantity differs.",
    )  # fmt: skip
    unit_cost = CostPriceField(
        required=False,
        allow_null=True,
        help_text="What one unit costs, of an IN. By default the product's `cost_price`, else the average so far.",
    )
    cost = CostOfLineField()
    unit_price = GoodsPriceField(
        required=False,
        allow_null=True,
        help_text="What one unit is sold for, of an OUT with reason `sale`. By default the product's `price`,"
        " or with `occurred_at` the price of that time.",
    )
    total = PriceOfLineField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a cost in an OUT and a price in an IN."""
        attrs = super().validate(attrs)
        is_in = attrs["movement_type"] == MovementType.IN
        wrong = ("unit_price", "total") if is_in else ("unit_cost", "cost")
        if attrs.get(wrong[0]) is not None or attrs.get(wrong[1]) is not None:
            kind = _("an OUT with reason sale") if is_in else _("an IN")
            message = fill("This is for {kind} alone: leave it out here.", kind=kind)
            raise serializers.ValidationError({name: [message] for name in wrong if attrs.get(name) is not None})
        if is_in:
            return check_costs(attrs)
        return check_prices(require_whole_price(self, attrs, attrs["product_reference"], "unit_price"))

    @staticmethod
    def make_line(values: dict[str, Any]) -> BookingLine:
        return BookingLine(
            values["product_reference"],
            values["movement_type"],
            values["quantity"],
            values.get("expected_quantity"),
            make_place(values),
            values.get("unit_cost"),
            values.get("unit_price"),
            values.get("cost"),
            values.get("total"),
            values.get("parts") or (),
        )


class LineSerializer(PlainLineSerializer):
    """A line of an operation: one product and its movement, or kits that are sold."""

    names_goods = True
    vars().update(make_goods_fields("In place of a product, in a sale: the id of a {kind}.", has_parts=True))


class ReturnLineSerializer(GoodsSerializer, ProductReferenceSerializer):
    """A line of a return: one product of the sale, and what becomes of it."""

    quantity = LineQuantityField()
    amount = LineAmountField()
    condition = ChoiceField(
        choices=[("resell", gettext_noop("can be sold again")), ("scrap", gettext_noop("is written off"))],
        default="resell",
        help_text="By default `resell`. What is scrapped is written off at once, by an operation of its own.",
    )
    location = LocationField(required=False, help_text="By default where it was taken from.")
    lot = LotField(help_text="The code of a lot, ignoring case. By default the lot from which it was taken.")
    names_goods = True
    vars().update(make_goods_fields("In place of a product: the id of a {kind} that was sold. Its parts come back."))
    entry = QuantityField(
        required=False, allow_null=True,
        help_text="With `kit`: its place in `kits` of the sale, from 0, if it was sold with different parts.",
    )  # fmt: skip
    instead = "movement"
    movement = WholeNumberField(
        required=False, allow_null=True, min_value=1, max_value=MAX_ID,
        help_text="In place of a product: the id of the movement of the sale or the delivery that is taken back."
        " By default, what was booked last comes back first.",
    )  # fmt: skip

    @staticmethod
    def make_line(values: dict[str, Any]) -> ReturnLine:
        is_scrapped, place, product = values["condition"] == "scrap", make_place(values), values["product_reference"]
        return ReturnLine(product, values["quantity"], is_scrapped, place, values.get("entry"), values.get("movement"))


@extend_schema_serializer(component_name="Remarks")  # the name of release 1.0.0, which generated clients use
class ReverseSerializer(RemarksSerializer):
    archive_created = serializers.BooleanField(
        required=False,
        help_text="Archive what an import has created, too, if nothing else uses it. Works after a reversal as well.",
    )


class ReversalFormSerializer(RemarksSerializer):
    """The form that reverses an operation: why."""

    reference = None  # type: ignore[assignment]


def get_reversal_remarks(values: dict[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of undo_operation() in a validated body."""
    return {**get_remarks(values), "archive_created": values.get("archive_created", False)}


# The schema refers to the enum of all reasons: a second enum with some of the same values breaks generated clients.
@extend_schema_field({"$ref": "#/components/schemas/ReasonEnum"})
class ClientReasonField(ChoiceField):
    """A reason that a client can give."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=CLIENT_REASONS, **kwargs)


class OperationDraftSerializer(MoneyOfSaleSerializer, RemarksSerializer):
    """The fields of an operation without its lines."""

    reason = ClientReasonField(
        required=False,
        help_text="By default `purchase` for IN and `sale` for OUT. An OUT with `purchase` takes a purchase back."
        " Refused: `opening`, `count`, `import`, `reversal`, `transfer`, `making`.",
    )
    occurred_at = OccurredAtField()
    customer = WholeNumberField(
        required=False, allow_null=True, min_value=1, max_value=MAX_ID, help_text="The id of who has bought, of a sale."
    )


# The fields that only sales or only deliveries can have.
OF_SOME = ("discount", "received", "customer", "extra_costs", "supplier")


def make_draft(values: dict[str, Any], *, by: User, movement_types: set[str]) -> OperationDraft:
    """Return the operation to book. The default reason depends on the types of its movements."""
    default = DEFAULT_REASONS[movement_types.pop()] if len(movement_types) == 1 else OperationReason.OTHER
    reason, occurred_at = values.get("reason") or default, values.get("occurred_at")
    own = {name: values[name] for name in OF_SOME if name in values}
    return OperationDraft(by=by, reason=reason, occurred_at=occurred_at, **own, **get_remarks(values))


@example(product=1, movement_type="OUT", quantity=3, reason="sale", reference="till 118")
class BookSerializer(PlainLineSerializer, OperationDraftSerializer):
    """One movement to book."""


@example(
    lines=[
        {"product": 1, "movement_type": "OUT", "quantity": 2},
        {"sku": "TEA-EARL", "movement_type": "OUT", "quantity": 1, "expected_quantity": 29},
    ],
    reference="till 119",
)
class BookOperationSerializer(OperationDraftSerializer):
    """1 to 1,000 lines, of which all are booked or none."""

    lines = LinesField(LineSerializer)
    extra_costs = ExtraCostsDraftField()
    supplier = SupplierField(help_text="The id of who has delivered it, without an order.")


@example(lines=[{"product": 1, "quantity": 1, "condition": "resell"}], reference="till 120", note="Wrong size")
class ReturnSerializer(RemarksSerializer):
    """What is returned of a sale or a delivery: by default all that is left, to or from where it was."""

    lines = LinesField(ReturnLineSerializer, required=False, help_text="By default all that is left.")
    occurred_at = OccurredAtField()
    expected_returns = QuantityField(
        required=False,
        allow_null=True,
        help_text="How many returns that are not undone there were when it was read. With another number, refused.",
    )
    payments = PaymentsField(
        help_text="What is given back, of a sale: at most what came back is worth, and what was paid."
    )


@extend_schema_serializer(extensions={"x-optional-fields": ["customer_archived"]})
class BookedOperationSerializer(OperationSerializer):
    """The operation. `customer_archived` is there if the customer was archived before the till has sent the sale."""

    customer_archived = serializers.BooleanField(required=False)

    class Meta(OperationSerializer.Meta):
        fields = (*OperationSerializer.Meta.fields, "customer_archived")


class ReturnableLineSerializer(CachedFieldsSerializer):
    """A movement of a sale or a delivery of which something can still be returned."""

    movement = serializers.IntegerField(help_text="Its id, which a line of a return may name.")
    product = serializers.IntegerField()
    product_name = serializers.CharField()
    vars().update(
        {
            kind.name: serializers.IntegerField(
                allow_null=True, help_text=f"The {kind.name} of which it is a part, else null."
            )
            for kind in list_kinds()
        }
    )
    entry = serializers.IntegerField(allow_null=True, help_text="The place of the kit in `kits`, else null.")
    quantity = serializers.IntegerField(help_text="What is left of it, in base units.")
    unit_price = SumField(allow_null=True, help_text="The price of one at which it was sold. Null for a delivery.")
    total_left = SumField(
        allow_null=True,
        help_text="What is left of its `total` or, for a delivery, of its `value`: null for who sees no costs.",
    )


@extend_schema_serializer(extensions={"x-optional-fields": ["customer_archived"]})
class BookedMovementSerializer(MovementSerializer):
    """The movement, with `customer_archived` as in an operation."""

    customer_archived = serializers.BooleanField(required=False)

    class Meta(MovementSerializer.Meta):
        fields = (*MovementSerializer.Meta.fields, "customer_archived")


@extend_schema_serializer(extensions={"x-optional-fields": ["return_lines"]}, component_name="ReadOperation")
class ReadOperationSerializer(OperationSerializer):
    """An operation. `return_lines` is there if it is a sale or a delivery."""

    return_lines = ReturnableLineSerializer(
        many=True, required=False, help_text="The movements of which something can still be returned."
    )

    class Meta(OperationSerializer.Meta):
        fields = (*OperationSerializer.Meta.fields, "return_lines")

    def to_representation(self, instance: Operation) -> dict[str, Any]:
        data, lines = super().to_representation(instance), list_return_lines(instance, self.context["request"].user)
        if lines is None:
            return data
        return {**data, "return_lines": ReturnableLineSerializer(lines, many=True).data}
